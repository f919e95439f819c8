package client

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"time"
)

func (f *fakeNode) null() string {
	if f.resp2 {
		return "$-1\r\n"
	}
	return "_\r\n"
}

// execute is called with the lock held.
func (f *fakeNode) execute(cmd string, args []string) string {
	for k, e := range f.data {
		if !e.until.IsZero() && time.Now().After(e.until) {
			delete(f.data, k)
		}
	}
	if f.role != "master" && slices.Contains([]string{"SET", "DEL", "DELIFEQ", "INCRBY", "PEXPIRE", "PERSIST", "FLUSHALL"}, cmd) {
		return "-READONLY You can't write against a read only replica.\r\n"
	}
	switch cmd {
	case "HELLO":
		if f.resp2 {
			return "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n"
		}
		return "%3\r\n" + bulk("server") + bulk("fake") + bulk("version") + bulk("1.2.3") + bulk("role") + bulk(f.role)
	case "PING":
		return "+PONG\r\n"
	case "GET":
		if e, ok := f.data[args[1]]; ok {
			return bulk(e.value)
		}
		return f.null()
	case "GETEX":
		if e, ok := f.data[args[1]]; ok {
			return bulk(e.value)
		}
		return f.null()
	case "SET":
		return f.set(args)
	case "DEL", "DELIFEQ":
		e, ok := f.data[args[1]]
		if !ok || cmd == "DELIFEQ" && e.value != args[2] {
			return ":0\r\n"
		}
		delete(f.data, args[1])
		return ":1\r\n"
	case "INCRBY":
		e := f.data[args[1]]
		n, err := strconv.ParseInt(cmpOr(e.value, "0"), 10, 64)
		if err != nil {
			return "-ERR value is not an integer or out of range\r\n"
		}
		d, _ := strconv.ParseInt(args[2], 10, 64)
		e.value = strconv.FormatInt(n+d, 10)
		f.data[args[1]] = e
		return ":" + e.value + "\r\n"
	case "PEXPIRE", "PERSIST", "PTTL":
		return f.expiry(cmd, args)
	case "SCAN":
		return f.scan(args)
	case "FLUSHALL":
		clear(f.data)
		return okReply
	case "INFO":
		if f.info != "" {
			return bulk(f.info)
		}
	case "ECHO":
		return bulk(args[1])
	}
	return "-ERR unknown command '" + args[0] + "', with args beginning with: \r\n"
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (f *fakeNode) set(args []string) string {
	old, there := f.data[args[1]]
	e := fakeEntry{value: args[2]}
	for i := 3; i < len(args); i++ {
		switch args[i] {
		case "NX":
			if there {
				return f.null()
			}
		case "XX":
			if !there {
				return f.null()
			}
		case "IFEQ":
			i++
			if !there || old.value != args[i] {
				return f.null()
			}
		case "PX":
			i++
			ms, _ := strconv.Atoi(args[i])
			e.until = time.Now().Add(time.Duration(ms) * time.Millisecond)
		case "KEEPTTL":
			e.until = old.until
		default:
			return "-ERR syntax error\r\n"
		}
	}
	f.data[args[1]] = e
	return okReply
}

func (f *fakeNode) expiry(cmd string, args []string) string {
	e, ok := f.data[args[1]]
	switch {
	case !ok && cmd == "PTTL":
		return ":-2\r\n"
	case !ok:
		return ":0\r\n"
	case cmd == "PTTL" && e.until.IsZero():
		return ":-1\r\n"
	case cmd == "PTTL":
		return fmt.Sprintf(":%d\r\n", time.Until(e.until).Milliseconds())
	case cmd == "PERSIST" && e.until.IsZero():
		return ":0\r\n"
	case cmd == "PERSIST":
		e.until = time.Time{}
	default:
		ms, _ := strconv.Atoi(args[2])
		e.until = time.Now().Add(time.Duration(ms) * time.Millisecond)
	}
	f.data[args[1]] = e
	return ":1\r\n"
}

// scan returns two keys a step, in the order of their hashes, so that keys that are removed shift no others; the cursor is
// the least hash of the next.
func (f *fakeNode) scan(args []string) string {
	hash := func(key string) int { return 1 + int(crc32.ChecksumIEEE([]byte(key))) }
	at, _ := strconv.Atoi(args[1])
	keys := slices.DeleteFunc(slices.Collect(maps.Keys(f.data)), func(k string) bool { return hash(k) < at })
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(hash(a), hash(b)) })
	to, next := min(2, len(keys)), 0
	if to < len(keys) {
		next = hash(keys[to])
	}
	out := "*2\r\n" + bulk(strconv.Itoa(next)) + fmt.Sprintf("*%d\r\n", to)
	for _, k := range keys[:to] {
		out += bulk(k)
	}
	return out
}
