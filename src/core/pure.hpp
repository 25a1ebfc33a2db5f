// The mark of the pure zone: every header of src/core includes this file first.
#pragma once

#ifdef POSTGRES_H
#error "src/core is pure C++: include its headers before any PostgreSQL header"
#endif
