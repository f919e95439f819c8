package cli

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestArguments runs single commands against two groups: answers, and statuses 0, 1 and 2.
func TestArguments(t *testing.T) {
	p, _ := groups(t)
	for _, c := range []struct {
		args   string // fields of the command line
		status int
		out    string
	}{
		{"SET user:1 Ada EX 9000", 0, "OK\n"},
		{"GET user:1", 0, "Ada"}, // to the byte
		{"get user:1", 0, "Ada"},
		{"GET nokey", 1, ""},
		{"SET user:1 x NX", 1, ""},
		{"TTL nokey", 1, "-2\n"},
		{"TYPE user:1", 0, "string\n"},
		{"TYPE nokey", 1, "none\n"},
		{"SETEX s 50 -5", 0, "OK\n"},
		{"APPEND s --json", 0, "8\n"}, // a value, not a flag
		{"GET s", 0, "-5--json"},
		{"DELETE s", 0, "1\n"},
		{"DELETE s", 1, "0\n"},
		{"INCR n", 0, "1\n"},
		{"INCRBYFLOAT n 1.5", 0, "2.5"},
		{"EXPIRE n 100", 0, "1\n"},
		{"EXPIRE nokey 100", 1, "0\n"},
		{"PERSIST n", 0, "1\n"},
		{"--server-id b1 RENAME nokey other", 1, ""},
		// Of these keys a and d are in group a1, b and c in b1, and {b}2 is where b is.
		{"MSET a 1 b 2 c 3 d 4", 0, "OK\n"},
		{"MGET d nokey a b c", 0, "4\n\n1\n2\n3\n"},
		{"MGET nokey nokey2", 1, "\n\n"},
		{"EXISTS a b c d nokey a", 0, "5\n"},
		{"TOUCH a b nokey", 0, "2\n"},
		{"DBSIZE", 0, "6\n"},
		{"KEYS [ab]", 0, "a\nb\n"},
		{"KEYS z*", 1, ""},
		{"UNLINK a d nokey", 0, "2\n"},
		{"DEL nokey nokey2 nokey3 nokey4", 1, "0\n"},
		{"RENAME b {b}2", 0, "OK\n"},
		{"STRLEN c", 0, "1\n"},
		{"OBJECT ENCODING c", 0, "int"},
		{"ECHO hello", 0, "hello"},
		{"PING", 0, "a1 PONG\na2 PONG\nb1 PONG\n"},
		{"--server-id b1 PING", 0, "PONG\n"},
		{"--server-id b1 GET user:1", 0, "Ada"},
		{"--server-id a1 GET user:1", 1, ""}, // it is not there
		{"FLUSH", 0, "OK\n"},
		{"DBSIZE", 0, "0\n"},
		{"RANDOMKEY", 1, ""},
		{"KEYS", 1, ""},
		{"BIGKEYS", 1, "memory\tvalue\tgroup\tkey\n0 keys measured, 0 B in total\n"},
	} {
		p.want(c.status, c.out, strings.Fields(c.args)...)
		if c.args == "get user:1" {
			if ttl, err := strconv.Atoi(strings.TrimSpace(p.input("", "TTL", "user:1").out)); err != nil || ttl < 8000 || ttl > 9000 {
				t.Errorf("it lives %d seconds, %v", ttl, err)
			}
		}
	}
}

// TestWrongUse tries each kind of usage error.
func TestWrongUse(t *testing.T) {
	p, _ := groups(t)
	p.write("broken.json", `{"servers": [{"id": "x"}]}`)
	big := strings.Repeat("x", 65_000)
	p.want(0, "OK\n", "SET", "text", "abc")
	for _, c := range []struct {
		args []string
		errs string
	}{
		{[]string{"NONSENSE"}, "unknown command NONSENSE; HELP lists all\n"},
		{[]string{"GTE", "a"}, "unknown command GTE; did you mean GET?\n"},
		{[]string{"GET"}, "usage: GET key\n"},
		{[]string{"GET", "a", "--json"}, "usage: GET key; flags stand before the command\n"},
		{[]string{"MSET", "a", "1", "b"}, "usage: MSET key value [key value ...]\n"},
		{[]string{"MSET", "a", "1", "b", "2", "d"}, "usage: MSET key value [key value ...]\n"},
		{[]string{"MSETNX", "a", "1", "b", "2"}, "MSETNX sets all or nothing, and these keys are in 2 groups"},
		{[]string{"RENAME", "a", "b"}, "RENAME works within one group"},
		{[]string{"INCR", "text"}, "ERR value is not an integer or out of range\n"},
		{[]string{"SET", "k", big + big}, "key and value are 130001 bytes, the limit is 65536\n"},
		{[]string{"SET", "", "v"}, "the key is empty; a key has at least one byte\n"},
		{[]string{"SCAN", "77"}, "77 is no cursor"},
		{[]string{"SCAN", "zz:0"}, "zz:0 is no cursor"},
		{[]string{"HELLO", "3"}, "HELLO changes a connection"},
		{[]string{"CLIENT", "REPLY", "OFF"}, "CLIENT REPLY would leave the connection without answers"},
		{[]string{"FLUSHALL", "NOW"}, "usage: FLUSHALL [ASYNC | SYNC]"},
		{[]string{"AUTH", "nobody", "pw"}, "WRONGPASS"},
		{[]string{"WATCH", "0"}, "0 is not a number of seconds"},
		{[]string{"WATCH", "1", "0"}, "0 is not a number of times"},
		{[]string{"BIGKEYS", "0"}, "0: the number of keys must be from 1 to"},
		{[]string{"LATENCY", "1", "zz"}, "there is no node zz"},
		{[]string{"STATUS", "now"}, "usage: STATUS\n"},
		{[]string{"PLAN"}, "usage: PLAN config\n"},
		{[]string{"PLAN", "none.json"}, "none.json"},
		{[]string{"PLAN", "broken.json"}, "broken.json:1: servers[0]: \"address\" is missing"},
		{[]string{"LOAD", "none.dump"}, "opening the dump: open none.dump"},
		{[]string{"DUMP", "no/such/folder/x"}, "creating the dump"},
		{[]string{"--bogus", "PING"}, "cachegopher-cli: unknown flag: --bogus\n"},
		{[]string{"--server-id", "zz", "PING"}, `no server has id "zz"; known: a1, a2, b1`},
		{[]string{"--server-id", "a1", "--address", "127.0.0.1:1", "PING"}, "give one of them"},
		{[]string{"--address", "nohost", "PING"}, `--address: "nohost" has no port`},
		{[]string{"--timeout", "0s", "PING"}, "--timeout must be positive"},
		{[]string{"--config", "broken.json", "PING"}, "broken.json:1: servers[0]: \"address\" is missing"},
		{[]string{"help", "NONSENSE"}, "unknown command NONSENSE"},
	} {
		p.fails(ExitUsage, c.errs, c.args...)
	}
	empty := newPlace(t)
	empty.fails(ExitUsage, "--server-id a1: there is no config: no cacheGopherConfig.json in ., ", "--server-id", "a1", "PING")
}

// TestFindsConfig takes the config of the working folder when none is named.
func TestFindsConfig(t *testing.T) {
	node := servertest.Start(t, servertest.ID("only"))
	p := newPlace(t)
	p.write("cacheGopherConfig.json", servertest.Config([]*servertest.Node{node}))
	p.want(0, "PONG\n", "PING")
	p.want(0, "PONG\n", "--address", node.Address, "PING")
}

// decode reads one document.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil || strings.Count(text, "\n") != 1 {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

func TestJSON(t *testing.T) {
	p, _ := groups(t)
	for _, c := range []struct {
		stdin, args string
		status      int
		out         string
	}{
		{"", "SET a <b>", 0, `"OK"`},
		{"", "GET a", 0, `"<b>"`},
		{"", "GET nokey", 1, `null`},
		{"\x00\xff", "SET bin -", 0, `"OK"`},
		{"", "GET bin", 0, `{"base64":"AP8="}`},
		{"", "MGET a nokey bin", 0, `["<b>",null,{"base64":"AP8="}]`},
		{"", "EXISTS a nokey", 0, `1`},
		{"", "KEYS a*", 0, `["a"]`},
		{"", "KEYS z*", 1, `[]`},
		{"", "CONFIG GET maxmemory-policy", 0, `{"a1":{"maxmemory-policy":"allkeys-lru"},"a2":{"maxmemory-policy":"allkeys-lru"},"b1":{"maxmemory-policy":"allkeys-lru"}}`},
		{"", "INCR a", 2, `{"error":"a1: ERR value is not an integer or out of range","status":2}`},
		{"", "BOGUS", 2, `{"error":"unknown command BOGUS; HELP lists all","status":2}`},
	} {
		got := p.input(c.stdin, append([]string{"--json"}, strings.Fields(c.args)...)...)
		if got.status != c.status || got.out != c.out+"\n" || got.errs != "" {
			t.Errorf("%s: status %d, %s%s", c.args, got.status, got.out, got.errs)
		}
	}
	if got := p.input("", "--json", "--server-id", "zz", "PING"); got.status != 2 || !strings.Contains(got.out, `"status":2`) || got.errs != "" {
		t.Errorf("a wrong flag: %+v", got)
	}
	names := decode[[]map[string]string](t, p.input("", "--json", "HELP").out)
	if len(names) < 60 {
		t.Errorf("HELP lists %d commands", len(names))
	}
}

func TestPipe(t *testing.T) {
	p, _ := groups(t)
	in := "# a comment\n\nSET q 'x y'\r\nGET q\nMSET a 1 b 2\nMGET a b\nSET raw $'\\x00\\xff\\n'\nGET raw\nset dash '-'\nGET dash"
	if got := p.input(in); got.status != 0 || got.out != "OK\nx y\nOK\n1\n2\nOK\n\x00\xff\n\nOK\n-\n" || got.errs != "" {
		t.Errorf("%+v", got)
	}
	in = "GET nokey\nSET a 'open\nBOGUS\nSET k -\nGET a\nEXIT\nGET b\n"
	got := p.input(in)
	want := "line 2, column 7: the quote ' is not closed\nunknown command BOGUS; HELP lists all\n" + errInput.Error() + "\n"
	if got.status != 2 || got.out != "\n1\n" || got.errs != want {
		t.Errorf("%+v, want %s", got, want)
	}
	if got := p.input("GET nokey\nGET nokey\n"); got.status != 1 {
		t.Errorf("%+v", got)
	}
	if got := p.input("GET a\nGET nokey\nBOGUS\n", "--json"); got.out != "\"1\"\nnull\n{\"error\":\"unknown command BOGUS; HELP lists all\",\"status\":2}\n" || got.status != 2 {
		t.Errorf("%+v", got)
	}
	if got := p.input("SET k " + strings.Repeat("x", maxLine) + "\n"); got.status != 2 || got.errs != "line 1: it has more than 524288 bytes\n" {
		t.Errorf("%+v", got)
	}
	var long strings.Builder
	for range 3000 {
		long.WriteString("INCR counter\n")
	}
	if got := p.input(long.String()); got.status != 0 || !strings.HasSuffix(got.out, "\n2999\n3000\n") {
		t.Errorf("3000 lines: %d, %.100s", got.status, got.errs)
	}
}

// TestStandardInput stores and reads back all bytes.
func TestStandardInput(t *testing.T) {
	p, _ := groups(t)
	var all strings.Builder
	for i := range 256 {
		all.WriteByte(byte(i))
	}
	value := strings.Repeat(all.String(), 255)
	if got := p.input(value, "SET", "all", "-"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if got := p.input("", "GET", "all"); got.out != value {
		t.Errorf("%d bytes came back", len(got.out))
	}
	if got := p.input(value+value, "SET", "all", "-"); got.status != 2 || got.errs != "standard input has more than 65536 bytes, the limit of key and value together\n" {
		t.Errorf("%+v", got)
	}
	if got := p.input("v", "MSET", "x", "-", "y", "-"); got.status != 2 || !strings.Contains(got.errs, "only once") {
		t.Errorf("%+v", got)
	}
	if got := p.input("v", "MSET", "x", "-", "-", "w"); got.status != 0 { // a key may be -
		t.Errorf("%+v", got)
	}
	p.want(0, "v\nw\n", "MGET", "x", "-")
}

// TestScanAllGroups walks all groups with the cursors from the replies.
func TestScanAllGroups(t *testing.T) {
	p, _ := groups(t)
	want := map[string]bool{}
	var in strings.Builder
	for _, r := range "abcdefghijklmnopqrstuvwxyz" {
		want["key:"+string(r)] = true
		in.WriteString("SET key:" + string(r) + " 1\n")
	}
	p.input(in.String())
	got := map[string]bool{}
	cursor, steps := "0", 0
	for ; steps < 100; steps++ {
		page := decode[[]any](t, p.input("", "--json", "SCAN", cursor, "COUNT", "8", "MATCH", "key:*").out)
		for _, k := range page[1].([]any) {
			got[k.(string)] = true
		}
		if cursor = page[0].(string); cursor == "0" {
			break
		}
	}
	if steps < 2 || !maps.Equal(got, want) {
		t.Errorf("%d steps, %v", steps, slices.Sorted(maps.Keys(got)))
	}
}

func TestWhereAndPlan(t *testing.T) {
	p, nodes := groups(t)
	for _, n := range nodes {
		n.Kill() // neither asks a node
	}
	w := decode[whereResult](t, p.input("", "--json", "WHERE", "user:1").out)
	if w.Slot != 10778 || w.Group != "b1" || len(w.Members) != 1 || w.Members[0].Role != "primary" {
		t.Errorf("%+v", w)
	}
	slotA := strconv.Itoa(ring.Slot("a"))
	p.want(0, "slot    "+slotA+"\ngroup   a1\nmembers a1 ("+nodes[0].Address+", primary), a2 ("+nodes[1].Address+", secondary)\n", "WHERE", "a")
	p.want(0, "slot    "+slotA+"\ngroup   a1\nmembers a1 ("+nodes[0].Address+", primary), a2 ("+nodes[1].Address+", secondary)\n", "--server-id", "b1", "WHERE", "a")

	config, err := os.ReadFile(p.flags[1])
	if err != nil {
		t.Fatal(err)
	}
	p.write("same.json", strings.ReplaceAll(string(config), "127.0.0.1", "localhost"))
	p.want(0, "no keys move\n", "PLAN", "same.json")
	p.write("more.json", strings.Replace(string(config), `"servers": [`, `"servers": [{"id": "c1", "address": "127.0.0.1:1", "role": "primary"},`, 1))
	plan := decode[planResult](t, p.input("", "--json", "PLAN", filepath.Join(p.folder, "more.json")).out)
	if plan.Share < 0.333 || plan.Share > 0.344 || len(plan.Moves) < 2 || plan.Moves[0].To != "c1" || plan.Moves[1].To != "c1" {
		t.Errorf("%+v", plan)
	}
	if got := p.input("", "PLAN", "more.json"); !strings.Contains(got.out, "% of the keys move: ") || !strings.Contains(got.out, "from\tto\tslots\tshare\n") {
		t.Errorf("%+v", got)
	}
}

func TestStatusAndWatch(t *testing.T) {
	p, nodes := groups(t)
	p.want(0, "OK\n", "SET", "b", "1")
	p.want(0, "1", "GET", "b")
	p.want(1, "", "GET", "c")
	rows := decode[[]nodeRow](t, p.input("", "--json", "STATUS").out)
	if len(rows) != 3 || rows[0].Node != "a2" && rows[0].Node != "a1" {
		t.Fatalf("%+v", rows)
	}
	byID := map[string]nodeRow{}
	for _, r := range rows {
		byID[r.Node] = r
		if r.State != "up" || r.Version != "test" || r.Uptime == nil || r.Memory == nil || r.OpsPerSec == nil {
			t.Errorf("%+v", r)
		}
	}
	if b := byID["b1"]; *b.Keys != 1 || *b.HitRatio != 0.5 || b.Role != "primary" || b.Group != "b1" || b.Address != nodes[2].Address {
		t.Errorf("%+v", b)
	}
	if a := byID["a2"]; *a.Keys != 0 || a.HitRatio != nil || a.Role != "secondary" || a.Group != "a1" {
		t.Errorf("%+v", a)
	}
	got := p.input("", "WATCH", "0.05", "3")
	if got.status != 0 || strings.Count(got.out, "node\tgroup\trole") != 3 || strings.Contains(got.out, "\x1b") {
		t.Errorf("%+v", got)
	}
	if got := p.input("", "--json", "WATCH", "0.05", "2"); strings.Count(got.out, "\n") != 2 {
		t.Errorf("%+v", got)
	}
}

func TestBigKeys(t *testing.T) {
	p, _ := groups(t)
	var in strings.Builder
	for i := range 600 {
		in.WriteString("SET k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + " v\n")
	}
	in.WriteString("SET big1 " + strings.Repeat("v", 20000) + "\nSET big2 " + strings.Repeat("v", 10000) + "\n")
	p.input(in.String())
	r := decode[bigKeysResult](t, p.input("", "--json", "BIGKEYS", "2").out)
	if len(r.Keys) != 2 || r.Keys[0].Key != "big1" || r.Keys[1].Key != "big2" || r.Keys[0].Value != 20000 || r.Keys[0].Memory < 20000 {
		t.Errorf("%+v", r)
	}
	if r.Looked != 184 || r.Memory < 30000 {
		t.Errorf("%d keys, %d bytes", r.Looked, r.Memory)
	}
}

func TestLatency(t *testing.T) {
	p, nodes := groups(t)
	nodes[1].Kill()
	type row struct {
		nodeLatency
	}
	rows := decode[[]row](t, p.input("", "--json", "LATENCY", "0.3").out)
	if len(rows) != 3 {
		t.Fatalf("%+v", rows)
	}
	for _, r := range rows {
		sum := int64(0)
		for _, b := range r.Buckets {
			sum += b.Count
		}
		switch {
		case r.Node == "a2" && (r.Count != 0 || r.Failed == 0 || r.Error == ""):
			t.Errorf("a node that is down: %+v", r)
		case r.Node != "a2" && (r.Count == 0 || sum != r.Count || r.Min <= 0 || r.Min > r.P50 || r.P50 > r.P99 || r.P99 > r.Max):
			t.Errorf("%+v", r)
		}
	}
	if got := p.input("", "LATENCY", "0.1", "b1"); got.status != 0 || strings.Count(got.out, "\n") != 2 {
		t.Errorf("%+v", got)
	}
	if got := p.input("", "LATENCY", "HISTOGRAM", "ping"); got.status != 0 || !strings.HasPrefix(got.out, "a1\n") || !strings.Contains(got.errs, "a2") {
		t.Logf("LATENCY HISTOGRAM goes to the nodes: %+v", got)
		if !strings.Contains(got.errs, "a2") {
			t.Error("it did not")
		}
	}
}

// TestHelp looks for every command in the help, the usage, and what shells complete.
func TestHelp(t *testing.T) {
	p := newPlace(t)
	all, help := p.input("", "HELP").out, p.input("", "--help").out
	names := p.input("", "__complete", "").out
	for _, s := range newCatalog().specs() {
		if !strings.Contains(all, "  "+s.Name+" ") || !strings.Contains(all, s.Summary) {
			t.Errorf("HELP has no %s", s.Name)
		}
		if s.Name != "EXIT" && s.Name != "HELP" && !strings.Contains(help, s.Name) {
			t.Errorf("--help has no %s", s.Name)
		}
		if s.Name != "EXIT" && s.Name != "HELP" && !strings.Contains(names, s.Name+"\t") {
			t.Errorf("shells do not complete %s", s.Name)
		}
		if one := p.catalogHelp(s.Name); !strings.HasPrefix(one, s.Name) || !strings.Contains(one, s.Summary) {
			t.Errorf("HELP %s: %s", s.Name, one)
		}
	}
	for _, flag := range []string{"--config", "--server-id", "--address", "--json", "--timeout", "--user", "--version", "--help"} {
		if !strings.Contains(help, flag) {
			t.Errorf("--help has no %s", flag)
		}
	}
	if got := p.input("", "SET", "--help"); got.status != 0 || !strings.HasPrefix(got.out, "SET key value [NX") {
		t.Errorf("%+v", got)
	}
	if got := p.input("", "STATUS", "--help"); got.status != 0 || !strings.Contains(got.out, "Shows every node") {
		t.Errorf("%+v", got)
	}
	if got := p.input("", "--version"); got.status != 0 || !strings.HasPrefix(got.out, "cachegopher-cli v0.0.0-test, commit ") {
		t.Errorf("%+v", got)
	}
}

// catalogHelp returns the output of HELP for one command.
func (p *place) catalogHelp(name string) string {
	var b strings.Builder
	out := newPrinter(&b)
	r, err := cmdHelp(p.t.Context(), &session{catalog: newCatalog()}, []string{"HELP", name})
	if err == nil {
		err = out.show(r)
	}
	if err != nil {
		p.t.Error(err)
	}
	return b.String()
}

// TestCompletionScripts makes each installed shell read its script.
func TestCompletionScripts(t *testing.T) {
	p, _ := groups(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		got := p.input("", "completion", shell)
		if got.status != 0 || len(got.out) < 1000 || !strings.Contains(got.out, "cachegopher-cli") {
			t.Errorf("%s: %d, %.200s", shell, got.status, got.errs)
		}
	}
	for word, want := range map[string]string{"sete": "setex\tSets the value and the expiry of a key.", "STA": "STATUS\tShows every node"} {
		if got := p.input("", "__complete", word); !strings.Contains(got.out, want) {
			t.Errorf("%s: %+v", word, got)
		}
	}
	if got := p.input("", "__complete", "--server-id", "a"); !strings.HasPrefix(got.out, "a1\t") || strings.Contains(got.out, "b1") {
		t.Errorf("%+v", got)
	}
}
