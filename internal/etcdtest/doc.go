// Package etcdtest runs a real etcd beside a test. It builds the program of deploy/etcd, which is a separate module, so
// that the server of etcd is not a dependency of nodes and clients.
package etcdtest
