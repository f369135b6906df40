#include "tilewright/Layout/BankConflicts.h"
