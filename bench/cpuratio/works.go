//go:build linux

package main

// work is what is asked of a server: one row of the table.
type work struct {
	id     string
	name   string
	keys   int
	value  int // bytes
	conns  int
	depth  int     // requests of a connection under way
	sets   int     // every so many-th request is a SET; 0: none, 1: all
	atMost float64 // the ratio to Redis that we want; 0: none was set

	streams bool // the load is made by streams, with TLS or without
}

// large says that bytes count rather than requests.
func (w *work) large() bool { return w.value >= 16<<10 }

// works are the rows of the table.
var works = []work{
	{"64deep-2M", "GET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, 0, 0.40, false},
	{"64deep-2M-mixed", "90% GET, 10% SET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, 10, 0.40, false},
	{"64deep-10M", "GET, 64 deep, 32 connections, 10M keys", 10_000_000, 32, 32, 64, 0, 0.32, false},
	{"16deep-1M", "GET, 16 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 16, 0, 0.70, false},
	{"1deep-32", "GET, 1 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 1, 0, 0.95, false},
	{"1deep-01", "GET, 1 deep, 1 connection, 1M keys", 1_000_000, 32, 1, 1, 0, 1.10, false},
	{"set-64deep-1M", "SET, 64 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 64, 1, 0.45, false},
	{"1000-conns", "GET, 16 deep, 1,000 connections, 10M keys", 10_000_000, 32, 1000, 16, 0, 0, false},
	{"60KB-get-01", "GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 0, 0.75, false},
	{"60KB-get-16", "GET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 0, 0.75, false},
	{"60KB-set-01", "SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 1, 0.75, false},
	{"60KB-set-16", "SET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 1, 0.75, false},
}

// secureWorks are the rows of the table of what TLS costs.
var secureWorks = []work{
	{"tls-64deep", "GET, 64 deep, 32 connections", 100_000, 32, 32, 64, 0, 0, true},
	{"tls-16deep", "GET, 16 deep, 32 connections", 100_000, 32, 32, 16, 0, 0, true},
	{"tls-1deep", "GET, 1 deep, 32 connections", 100_000, 32, 32, 1, 0, 0, true},
	{"tls-60KB-get", "GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 0, 0, true},
	{"tls-60KB-set", "SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 1, 0, true},
}

// secureServers are those of that table.
var secureServers = []string{"redis", "cachegopher", "redis" + secureSuffix, "cachegopher" + secureSuffix}
