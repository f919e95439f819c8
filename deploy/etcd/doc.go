// Program etcd runs one member of etcd on loopback, for trying a cluster on one machine and for tests. It is a module of
// its own, so that nodes and clients do not depend on etcd's server. In production, run etcd's own packages.
package main
