// The one main of all Catch2 programs, compiled once.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
