// Package redistest runs a real redis-server beside a test and reads replies of
// the Redis protocol, so that tests can compare a node with it. Only tests use
// it, and bench/torture.
package redistest
