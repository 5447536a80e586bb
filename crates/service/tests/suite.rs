//! The use cases on real databases. One binary for all of them, so that it is linked once; each test has a database of
//! its own and runs on SQLite and on PostgreSQL.

mod support;

mod identity;
