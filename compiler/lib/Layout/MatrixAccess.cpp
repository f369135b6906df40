#include "tilewright/Layout/MatrixAccess.h"
