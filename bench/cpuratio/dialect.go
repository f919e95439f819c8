//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// keyDigits is the length of the number in a key, "key:000000000000".
const keyDigits = 12

// request is one request and its reply, alike for all keys but for the key's digits.
type request struct {
	text    []byte
	digits  int // where they stand in text
	reply   []byte
	inReply int // where they stand in reply; -1: nowhere
}

func newRequest(text, reply string) request {
	mark := strings.Repeat("#", keyDigits)
	return request{[]byte(text), strings.Index(text, mark), []byte(reply), strings.Index(reply, mark)}
}

// dialect is how a server is spoken to.
type dialect struct {
	get, set request
}

func newDialect(server string, value int) dialect {
	key, v := "key:"+strings.Repeat("#", keyDigits), strings.Repeat("x", value)
	if server == "memcached" {
		return dialect{
			get: newRequest("get "+key+"\r\n", fmt.Sprintf("VALUE %s 0 %d\r\n%s\r\nEND\r\n", key, value, v)),
			set: newRequest(fmt.Sprintf("set %s 0 0 %d\r\n%s\r\n", key, value, v), "STORED\r\n"),
		}
	}
	return dialect{
		get: newRequest(fmt.Sprintf("*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(key), key), fmt.Sprintf("$%d\r\n%s\r\n", value, v)),
		set: newRequest(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, value, v), "+OK\r\n"),
	}
}

// thousand holds the digits of 0 to 999.
var thousand = func() (t [1000][3]byte) {
	for i := range t {
		copy(t[i][:], fmt.Sprintf("%03d", i))
	}
	return t
}()

// putKey writes the digits of key number n.
func putKey(b []byte, n uint64) {
	for at := keyDigits - 3; at >= 0; at -= 3 {
		copy(b[at:at+3], thousand[n%1000][:])
		n /= 1000
	}
}

// counts are a server's own counters.
type counts struct {
	requests, misses, reads int64 // reads: -1 where the server does not count them
}

// countsOf reads the counters out of the text of INFO stats, or of memcached's stats.
func countsOf(text []byte) (c counts, err error) {
	fields := map[string]int64{}
	for line := range bytes.Lines(text) {
		line = bytes.TrimPrefix(bytes.TrimSpace(line), []byte("STAT "))
		if name, v, ok := bytes.Cut(bytes.ReplaceAll(line, []byte(" "), []byte(":")), []byte(":")); ok {
			if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
				fields[string(name)] = n
			}
		}
	}
	c.reads = -1
	if n, ok := fields["total_reads_processed"]; ok {
		c.reads = n
	}
	if n, ok := fields["total_commands_processed"]; ok {
		c.requests, c.misses = n, fields["keyspace_misses"]
		return c, nil
	}
	gets, ok := fields["cmd_get"]
	if !ok {
		return c, fmt.Errorf("no counters of commands in %.200q", text)
	}
	c.requests, c.misses = gets+fields["cmd_set"], fields["get_misses"]
	return c, nil
}
