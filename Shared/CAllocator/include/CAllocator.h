#pragma once

/// How jemalloc is set, which reads it when a program starts.
extern const char *malloc_conf;
