package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// keptClient changes keys of its own at a node until the node is killed, and knows what each key may hold afterwards.
type keptClient struct {
	id   int
	r    *rand.Rand
	keys map[string]string // what was acknowledged last; no element: the key does not exist
	last string            // the key of the request without an answer; empty: none
	next string            // the value that this request gives it; empty: it deletes it
	seq  int
}

const keptKeys = 2000 // of each client

// run sends requests until one fails.
func (k *keptClient) run(address string) {
	c, err := dialPeer(address)
	if err != nil {
		return
	}
	defer c.Close() //nolint:errcheck // the node is gone
	for {
		k.seq++
		key, value := fmt.Sprintf("%d:%d", k.id, k.r.IntN(keptKeys)), ""
		args := []string{"DEL", key}
		if k.r.IntN(5) > 0 {
			value = fmt.Sprintf("%s=%d/%s", key, k.seq, strings.Repeat("v", k.r.IntN(1+k.r.IntN(3000))))
			args = []string{"SET", key, value}
			if k.r.IntN(3) == 0 {
				args = append(args, "PX", strconv.Itoa(3_600_000+k.r.IntN(1e6)))
			}
		}
		k.last, k.next = key, value
		if _, err := c.do(args...); err != nil {
			return
		}
		k.keys[key] = value
		k.last = ""
	}
}

// check compares what the node serves after the kill, and goes on from that. It returns how many keys are missing.
func (k *keptClient) check(t *testing.T, address string) (missing int) {
	c, err := dialPeer(address)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer c.Close() //nolint:errcheck // done with it
	for i := range keptKeys {
		key := fmt.Sprintf("%d:%d", k.id, i)
		reply, err := c.do("GET", key)
		if err != nil {
			t.Error(err)
			return missing
		}
		got, _ := reply.(string)
		if want := k.keys[key]; got != want && !(key == k.last && got == k.next) {
			if got != "" {
				t.Errorf("%s is %.40q, want %.40q; without an answer: %s to %.40q", key, got, want, k.last, k.next)
			}
			missing++
		}
		k.keys[key] = got
	}
	return missing
}

// TestKeptKilled kills a node under load at random moments: what it serves afterwards is what was acknowledged last, or what
// the one request without an answer gives, of each client. Only entries of shards that were being changed are missing.
// CACHEGOPHER_KILLS=1000 kills it that often.
func TestKeptKilled(t *testing.T) {
	kills := 10
	if text := os.Getenv("CACHEGOPHER_KILLS"); text != "" {
		kills, _ = strconv.Atoi(text)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	d := startConfig(t, keptConfig(keptFolder(t), `, "max_memory": "200MB"`))
	clients := make([]*keptClient, 4)
	for i := range clients {
		clients[i] = &keptClient{id: i, r: rand.New(rand.NewPCG(seed, uint64(i+1))), keys: map[string]string{}}
	}
	requests, lost, missing, entries := 0, 0, 0, 0
	for range kills {
		d.serving()
		var all sync.WaitGroup
		for _, k := range clients {
			all.Go(func() { k.run(d.address) })
		}
		time.Sleep(time.Duration(r.Int64N(int64(100 * time.Millisecond))))
		d.Kill()
		all.Wait()
		d = d.again()
		is := d.persistence()
		if is["kept_start"] != "killed" {
			t.Fatalf("%v", is)
		}
		shards, _ := strconv.Atoi(is["kept_shards_lost"])
		gone := 0
		for _, k := range clients {
			gone += k.check(t, d.address)
			entries += len(k.keys)
		}
		if gone > 0 && shards == 0 {
			t.Errorf("%d keys are missing, and no shard is", gone)
		}
		lost, missing = lost+shards, missing+gone
		if t.Failed() {
			return
		}
	}
	for _, k := range clients {
		requests += k.seq
	}
	t.Logf("%d kills, %d requests: %d shards were being changed; %d of %d keys were missing after a kill, none was wrong", kills, requests, lost, missing, entries)
}
