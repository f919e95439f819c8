package trace

import (
	"bufio"
	"strings"
)

// Format is a form in which requests are recorded.
type Format struct {
	Name  string
	About string // a record, in words
	Ops   bool   // it says what each request did; otherwise all are gets
	Times bool   // it says when
}

// Formats are all formats.
func Formats() (all []Format) {
	for _, f := range formats {
		all = append(all, f.Format)
	}
	return all
}

type opener struct {
	Format
	open func(*Reader, *bufio.Reader) (source, error)
}

var formats = []opener{
	{Format{"csv", "columns that a header line names, in any order: key, and size, op, ttl, time, op_count if there are any", true, true}, openCSV},
	{Format{"twitter", "timestamp,key,key size,value size,client id,operation,TTL, as of Twitter's memcached clusters", true, true}, openTwitter},
	{Format{"monitor", "what Redis and our node print after MONITOR", true, true}, openMonitor},
	{Format{"memcached", "what memcached -vv prints", true, false}, openMemcached},
	{Format{"watch", "what memcached logs after \"watch fetchers mutations\"; deletes, touches and counters are reads there", true, true}, openWatch},
	{Format{"oracleGeneral", "24 bytes, little-endian: uint32 seconds, uint64 key, uint32 size, int64 the next request for it", false, true}, openOracle},
	{Format{"int32", "4 bytes, big-endian: a key", false, false}, openInt32},
	{Format{"arc", "start count ignored ignored: count blocks from start on", false, false}, openARC},
	{Format{"times", "time key size, and what may follow", false, true}, openTimes},
	{Format{"keys", "a key a line, as the LIRS traces have", false, false}, openKeys},
	{Format{"distribution", "JSON by which CacheLib describes requests, to be drawn: popularityBuckets, popularityWeights, valSizeRange ...", false, false}, openDistribution},
}

func names() string {
	var all []string
	for _, f := range formats {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}

// operation is how a word of a trace is replayed.
type operation struct {
	op    Op
	exact bool // otherwise it is counted as a change
}

// operations are the words by which traces call operations, in small letters and without _ and -.
var operations = map[string]operation{
	"get": {Get, true}, "gets": {Get, true}, "read": {Get, true}, "getlease": {Get, false}, "gat": {Get, false}, "gats": {Get, false},
	"set": {Set, true}, "write": {Set, true}, "add": {Set, false}, "replace": {Set, false}, "cas": {Set, false}, "append": {Set, false}, "prepend": {Set, false}, "setlease": {Set, false},
	"delete": {Delete, true}, "del": {Delete, true}, "unlink": {Delete, true},
	"incr": {Incr, true}, "decr": {Incr, false},
	"touch": {Touch, true}, "expire": {Touch, true},
}

// op translates a word; ok is false if nothing is known by it.
func (r *Reader) op(word []byte) (o Op, ok bool) {
	known, ok := operations[string(word)]
	if !ok {
		known, ok = operations[plainWord(word)]
	}
	if ok && !known.exact {
		r.changed(plainWord(word) + " replayed as " + known.op.String())
	}
	return known.op, ok
}

// plainWord is a word in small letters without spaces, _ and -.
func plainWord(word []byte) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(string(word)))
}
