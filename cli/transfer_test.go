package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestDumpAndLoad dumps two groups and loads the dump into one node: keys and values
// of any bytes, and expiries.
func TestDumpAndLoad(t *testing.T) {
	p, _ := groups(t)
	var in strings.Builder
	for i := range 700 {
		fmt.Fprintf(&in, "SET key:%d '%s'\n", i, strings.Repeat("v", i%50))
	}
	in.WriteString("SET $'\\x00\\xff' $'\\n\\x00'\nSET short gone PX 1000\nSET long stays EX 1000\nSET empty ''\n")
	if got := p.input(in.String()); got.status != 0 {
		t.Fatalf("%d, %.300s", got.status, got.errs)
	}
	r := decode[dumpResult](t, p.input("", "--json", "DUMP", "all.dump").out)
	info, err := os.Stat(filepath.Join(p.folder, "all.dump"))
	if err != nil || r.Entries < 703 || r.Entries > 704 || r.Bytes != info.Size() || info.Mode().Perm() != 0o600 {
		t.Fatalf("%+v, %v, %v", r, info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.folder, "*.part*")); len(left) > 0 {
		t.Error(left)
	}
	testkit.Eventually(t, "entry that has expired", func() bool { return p.input("", "EXISTS", "short").status == ExitNotFound })

	expired := r.Entries - 703 // on a busy machine it may have gone before

	other, _ := groups(t)
	other.folder = p.folder
	if r := decode[loadResult](t, other.input("", "--json", "LOAD", "all.dump").out); r.Stored != 703 || r.Expired != expired || r.Kept != 0 {
		t.Errorf("%+v", r)
	}
	other.want(0, "703\n", "DBSIZE")
	var gets, values strings.Builder
	for i := range 700 {
		fmt.Fprintf(&gets, "GET key:%d\n", i)
		values.WriteString(strings.Repeat("v", i%50) + "\n")
	}
	if got := other.input(gets.String()); got.status != 0 || got.out != values.String() {
		t.Errorf("values are others: %d, %.300s", got.status, got.errs)
	}
	if got := other.input("GET $'\\x00\\xff'\nTTL long\nTTL empty\n"); !strings.HasPrefix(got.out, "\n\x00\n9") || !strings.HasSuffix(got.out, "\n-1\n") {
		t.Errorf("%+v", got)
	}
	other.want(0, "OK\n", "SET", "key:7", "mine")
	if got := other.input("", "LOAD", "all.dump", "NX"); !strings.HasPrefix(got.out, "0 entries stored, 703 keys kept") {
		t.Errorf("%+v", got)
	}
	other.want(0, "mine", "GET", "key:7")

	// Through pipes, and only some keys.
	some := p.input("", "DUMP", "-", "key:1?")
	if some.status != 0 {
		t.Fatalf("%+v", some)
	}
	other.want(0, "OK\n", "FLUSH")
	if got := other.input(some.out, "LOAD", "-"); got.out != "10 entries stored\n" {
		t.Errorf("%+v", got)
	}
}

// TestLoadBroken loads files that are truncated, damaged, or not dumps: nothing is stored, and the
// error says what is wrong. Input from a pipe cannot be checked first: the error says how much
// was stored.
func TestLoadBroken(t *testing.T) {
	p, _ := groups(t)
	var in strings.Builder
	for i := range 90 {
		fmt.Fprintf(&in, "SET key:%d %s\n", i, strings.Repeat("v", 10_000))
	}
	p.input(in.String())
	p.input("", "DUMP", "whole")
	data, err := os.ReadFile(filepath.Join(p.folder, "whole"))
	if err != nil || len(data) < 900_000 {
		t.Fatal(len(data), err)
	}
	p.want(0, "OK\n", "FLUSH")
	damaged := []byte(string(data))
	damaged[600_000] ^= 1
	for name, c := range map[string]struct{ text, errs string }{
		"cut":     {string(data[:700_000]), "cut: the file is cut off; sound are the first "},
		"damaged": {string(damaged), "damaged: the block that follows is damaged; sound are the first "},
		"end":     {string(data[:len(data)-1]), "end: the file is cut off; sound are the first "},
		"more":    {string(data) + "\n", "more: something follows the end of the dump; sound are the first "},
		"other":   {"SET a 1\nSET b 2\nand so on, and so on\n", "other: this is no dump: it does not begin as one"},
		"empty":   {"", "empty: this is no dump: it does not begin as one"},
	} {
		p.write(name, c.text)
		got := p.input("", "LOAD", name)
		if got.status != 2 || !strings.HasPrefix(got.errs, c.errs) || !strings.HasSuffix(got.errs, "; nothing was stored\n") {
			t.Errorf("%s: %+v", name, got)
		}
		p.want(0, "0\n", "DBSIZE")
	}
	got := p.input(string(data[:700_000]), "LOAD", "-")
	var stored int
	_, said, _ := strings.Cut(got.errs, "bytes; ")
	if n, err := fmt.Sscanf(said, "%d entries were stored before that", &stored); n != 1 || got.status != 2 || stored == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	p.want(0, strconv.Itoa(stored)+"\n", "DBSIZE")
	p.fails(2, "XX: the only option of LOAD is NX", "LOAD", "whole", "XX")
	if got := p.input("", "--json", "DUMP", "-"); got.status != 2 || !strings.Contains(got.out, "DUMP - writes binary data") {
		t.Errorf("%+v", got)
	}
}
