package config

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hosts is a Resolver that knows a few names and no network.
type hosts map[string][]string

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	ips, ok := h[host]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case ips == nil:
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
	}
	var all []netip.Addr
	for _, ip := range ips {
		all = append(all, netip.MustParseAddr(ip))
	}
	return all, nil
}

var someHosts = hosts{"localhost": {"127.0.0.1", "::1"}, "one.example": {"10.0.0.1", "10.0.0.1"}, "uno.example": {"::ffff:10.0.0.1"}, "slow.example": nil}

// load is Load with names looked up in someHosts.
func load(data string) (*File, error) {
	f, err := Parse("c.json", []byte(data))
	if err != nil {
		return nil, err
	}
	return f, f.Resolve(context.Background(), someHosts)
}

// one returns a config of one server that has key on a separate line.
func one(key string) string {
	return "{\"servers\": [\n{\"id\": \"a\", \"address\": \"h:1\", \"role\": \"primary\"" + key + "}]}"
}

// pair is a config of a primary p1 on line 2, its secondary s1 on line 3, and a primary p2 on line 4; old
// is replaced by new in it, once.
func pair(old, new string) string {
	const good = `{"servers": [
{"id": "p1", "address": "localhost:1", "role": "primary", "secondaries": ["s1"]},
{"id": "s1", "address": "localhost:2", "role": "secondary", "primary": "p1"},
{"id": "p2", "address": "localhost:3", "role": "primary"}]}`
	if !strings.Contains(good, old) {
		panic(old + " is not in the config")
	}
	return strings.Replace(good, old, new, 1)
}

// common is a config with body as "common" on line 2.
func common(body string) string {
	return "{\"common\":\n{" + body + "},\n\"servers\": [{\"id\": \"a\", \"address\": \"localhost:1\", \"role\": \"primary\"}]}"
}

// coordination is a config with body as its coordination, on line 2.
func coordination(body string) string {
	return strings.Replace(common(body), "common", "coordination", 1)
}

// security is a config with body as its security, on line 2.
func security(body string) string {
	return strings.Replace(common(body), "common", "security", 1)
}

// TestWrong has each kind of fault of a file, with all errors that are reported for it, line by line.
func TestWrong(t *testing.T) {
	for _, c := range wrong {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(c.data)
			var got []string
			var all Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v, want Errors", err)
			}
			for _, e := range all {
				got = append(got, e.Error())
			}
			if g := strings.Join(got, "\n"); g != c.want {
				t.Errorf("file:\n%s\ngot:\n%s\nwant:\n%s", c.data, g, c.want)
			}
		})
	}
}

// TestErrorsOnOneLine checks the output of a daemon when there are several faults.
func TestErrorsOnOneLine(t *testing.T) {
	_, err := load(common(`"max_size": -1, "production": 1`))
	const want = `c.json:2: common.max_size: the number -1 is out of range; give a whole number from 0 to 1099511627776 (and 1 more, which --check-config lists)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Line != 2 || one.Key != "common.max_size" {
		t.Errorf("errors.As gave %+v", one)
	}
}

// TestUnreadable checks the error for a file that cannot be read.
func TestUnreadable(t *testing.T) {
	folder := t.TempDir()
	big := filepath.Join(folder, "big.json")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "none.json"): ": cannot read the config: no such file or directory; give the path of a config with --config",
		folder:                             ": cannot read the config: is a directory; give a file that the node may read",
		big:                                ": the file is larger than 16777216 bytes; is it a config?",
	} {
		if _, err := Load(path); err == nil || err.Error() != path+want {
			t.Errorf("got %v, want %s", err, path+want)
		}
	}
}
