// Program etcd runs one etcd member on loopback, to try a cluster on one machine and for tests. It is a separate module,
// so that nodes and clients do not depend on etcd's server. In production, run etcd's own packages.
package main
