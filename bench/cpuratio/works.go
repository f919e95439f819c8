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
}

// large says that bytes count rather than requests.
func (w *work) large() bool { return w.value >= 16<<10 }

// works are the rows of the table.
var works = []work{
	{"64deep-2M", "GET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, 0, 0.40},
	{"64deep-2M-mixed", "90% GET, 10% SET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, 10, 0.40},
	{"64deep-10M", "GET, 64 deep, 32 connections, 10M keys", 10_000_000, 32, 32, 64, 0, 0.32},
	{"16deep-1M", "GET, 16 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 16, 0, 0.70},
	{"1deep-32", "GET, 1 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 1, 0, 0.95},
	{"1deep-01", "GET, 1 deep, 1 connection, 1M keys", 1_000_000, 32, 1, 1, 0, 1.10},
	{"set-64deep-1M", "SET, 64 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 64, 1, 0.45},
	{"1000-conns", "GET, 16 deep, 1,000 connections, 10M keys", 10_000_000, 32, 1000, 16, 0, 0},
	{"60KB-get-01", "GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 0, 0.75},
	{"60KB-get-16", "GET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 0, 0.75},
	{"60KB-set-01", "SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 1, 0.75},
	{"60KB-set-16", "SET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 1, 0.75},
}
