package main

// work is what is asked of a server.
type work struct {
	name     string
	keys     int
	value    int // bytes
	conns    int
	depth    int // requests of a connection under way
	requests int
	command  []string // of redis-benchmark; __rand_int__ is a random number of a key
}

var (
	get = []string{"GET", "key:__rand_int__"}
	set = []string{"SET", "key:__rand_int__", "__data__"}
)

// works are the rows of the table.
var works = []work{
	{"GET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, 6_000_000, get},
	{"GET, 64 deep, 32 connections, 10M keys", 10_000_000, 32, 32, 64, 6_000_000, get},
	{"GET, 16 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 16, 4_000_000, get},
	{"GET, 1 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 1, 600_000, get},
	{"GET, 1 deep, 1 connection, 1M keys", 1_000_000, 32, 1, 1, 150_000, get},
	{"SET, 64 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 64, 5_000_000, set},
	{"GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 150_000, get},
	{"GET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 150_000, get},
	{"SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, 150_000, set},
	{"SET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, 150_000, set},
}
