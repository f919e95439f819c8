package session

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// infoFields sends INFO and returns its fields.
func (f *fixture) infoFields(sections ...string) map[string]string {
	f.t.Helper()
	fields := map[string]string{}
	for _, line := range strings.Split(f.do(resp(append([]string{"INFO"}, sections...)...)), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			if _, twice := fields[name]; twice {
				f.t.Errorf("INFO has %s twice", name)
			}
			fields[name] = value
		}
	}
	return fields
}

// wantInfo compares fields.
func (f *fixture) wantInfo(got, want map[string]string) {
	f.t.Helper()
	for name, value := range want {
		if got[name] != value {
			f.t.Errorf("INFO has %s:%s, want %s", name, got[name], value)
		}
	}
}

// TestInfoCounts sends known requests and compares the counters.
func TestInfoCounts(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 100})
	for i := range 150 {
		f.do(resp("SET", fmt.Sprintf("k%d", i), "v"))
	}
	for i := range 7 {
		f.do(resp("GET", fmt.Sprintf("k%d", 140+i)))
	}
	f.do(resp("GET", "none") + resp("GET", "none") + resp("GET"))
	f.do(resp("INCR", "k149") + resp("NOSUCH") + resp("HELLO", "9") + resp("CLIENT", "nosuch"))
	f.do(resp("EXPIRE", "k140", "100") + resp("EXPIRE", "k141", "300") + resp("SET", "brief", "v", "PX", "1"))
	f.now += 10
	f.do(resp("GET", "brief") + resp("DEL", "k142"))
	f.wantInfo(f.infoFields("all"), map[string]string{
		"keyspace_hits": "7", "keyspace_misses": "3", "evicted_keys": "51", "expired_keys": "1",
		"total_connections_received": "1", "connected_clients": "1", "total_error_replies": "5",
		"errorstat_ERR": "count=4", "errorstat_NOPROTO": "count=1",
		"db0": "keys=98,expires=2,avg_ttl=199990", "role": "master", "maxentries": "100",
	})
	for name, want := range map[string]string{
		"cmdstat_get":    "calls=10,rejected_calls=1,failed_calls=0",
		"cmdstat_set":    "calls=151,rejected_calls=0,failed_calls=0",
		"cmdstat_incr":   "calls=1,rejected_calls=0,failed_calls=1",
		"cmdstat_hello":  "calls=1,rejected_calls=0,failed_calls=1",
		"cmdstat_client": "calls=1,rejected_calls=0,failed_calls=1",
	} {
		if got := counts(f.infoFields("commandstats")[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	f.do(resp("CONFIG", "RESETSTAT"))
	f.wantInfo(f.infoFields(), map[string]string{"total_error_replies": "0"})
	if got := f.infoFields("commandstats")["cmdstat_get"]; got != "" {
		t.Errorf("after RESETSTAT cmdstat_get is %s", got)
	}
}

// counts is a cmdstat without its times.
func counts(stat string) string {
	var kept []string
	for _, part := range strings.Split(stat, ",") {
		if !strings.HasPrefix(part, "usec") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

// TestInfoBytes compares the bytes in and out, and the commands a second.
func TestInfoBytes(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.n.Sample()
	in, out, commands := 0, 0, int64(0)
	send := func(request string) {
		in += len(request)
		out += len(f.do(request))
		commands++
	}
	send(resp("SET", "k", strings.Repeat("v", 1000)))
	for range 99 {
		send(resp("GET", "k"))
	}
	time.Sleep(10 * time.Millisecond)
	f.n.Sample()
	got := f.infoFields("stats")
	f.wantInfo(got, map[string]string{
		"total_net_input_bytes": strconv.Itoa(in), "total_net_output_bytes": strconv.Itoa(out),
		"total_commands_processed": strconv.FormatInt(commands, 10),
	})
	calls, bytesIn, _ := f.n.perSecond()
	between := f.n.rate.at[1].Sub(f.n.rate.at[0])
	if ratio := bytesIn / calls; int(ratio) != in/int(commands) || math.Round(calls*between.Seconds()) != float64(commands) {
		t.Errorf("%v commands and %v bytes a second in %v", calls, bytesIn, between)
	}
	if n, err := strconv.Atoi(got["instantaneous_ops_per_sec"]); err != nil || n != int(calls) {
		t.Errorf("instantaneous_ops_per_sec:%s, want %v", got["instantaneous_ops_per_sec"], calls)
	}
}

// TestInfoMemory compares the fields on memory of an empty, a full and a flushed store.
func TestInfoMemory(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 8 << 20})
	number := func(name string) int64 {
		n, err := strconv.ParseInt(f.infoFields("memory")[name], 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	empty := number("used_memory")
	for i := range 100 {
		f.do(resp("SET", fmt.Sprint(i), strings.Repeat("v", 20_000)))
	}
	full := number("used_memory")
	if full-empty < 2_000_000 || full > 8<<20 {
		t.Errorf("2 MB of values took used_memory from %d to %d", empty, full)
	}
	if number("used_memory_dataset") < 2_000_000 || number("maxmemory") != 8<<20 || number("used_memory_rss") < full {
		t.Errorf("dataset %d, maxmemory %d, rss %d", number("used_memory_dataset"), number("maxmemory"), number("used_memory_rss"))
	}
	f.do(resp("FLUSHALL"))
	for f.n.Store().Step(time.Second) {
	}
	if now, peak := number("used_memory"), number("used_memory_peak"); now >= full || peak != full {
		t.Errorf("flushed: used_memory %d, peak %d; it was %d", now, peak, full)
	}
}

// TestInfoSections tries each way to name sections.
func TestInfoSections(t *testing.T) {
	f := newFixture(t, lru.Options{})
	heads := func(sections ...string) (all []string) {
		for _, line := range strings.Split(f.do(resp(append([]string{"INFO"}, sections...)...)), "\r\n") {
			if name, ok := strings.CutPrefix(line, "# "); ok {
				all = append(all, name)
			}
		}
		return all
	}
	usual := "Server Clients Memory Persistence Stats Replication CPU Errorstats Cluster Keyspace"
	for _, r := range []struct {
		sections, want string
	}{
		{"", usual}, {"default", usual},
		{"all", strings.Replace(usual, "CPU", "CPU Commandstats", 1)},
		{"EVERYTHING", strings.Replace(usual, "CPU", "CPU Commandstats", 1)},
		{"keyspace server", "Server Keyspace"}, {"commandstats", "Commandstats"}, {"nosuch", ""}, {"nosuch Memory", "Memory"},
	} {
		if got := strings.Join(heads(strings.Fields(r.sections)...), " "); !strings.EqualFold(got, r.want) {
			t.Errorf("INFO %s has the sections %s, want %s", r.sections, got, r.want)
		}
	}
}

// TestInfoNames checks that no name comes after a longer one that it begins: redis-cli takes the first line that begins with
// a name.
func TestInfoNames(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 16 << 20})
	var names []string
	for line := range strings.Lines(f.do(resp("INFO", "all"))) {
		name, _, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for _, before := range names {
			if before != name && strings.HasPrefix(before, name) {
				t.Errorf("%s comes after %s", name, before)
			}
		}
		names = append(names, name)
	}
	if len(names) < 50 {
		t.Errorf("only %d lines", len(names))
	}
}
