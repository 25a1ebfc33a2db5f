// SESSION_JWT_LEAK_CHECK is defined where LeakSanitizer can be asked in the middle of a test.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define SESSION_JWT_LEAK_CHECK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SESSION_JWT_LEAK_CHECK 1
#endif
#endif
#ifdef SESSION_JWT_LEAK_CHECK
#include <sanitizer/lsan_interface.h>
#endif
