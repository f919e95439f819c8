package wire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestOversize checks that a request with an argument too long to keep is reported
// with its size, that the next request is decoded, and that little is kept meanwhile.
func TestOversize(t *testing.T) {
	big := long + "x"
	next := request("GET", "a")
	rows := []struct {
		name, in, want string
	}{
		{"value", request("SET", "key", big), fmt.Sprint("oversize ", 3+len(big))},
		{"key", request("SET", big, "value"), fmt.Sprint("oversize ", len(big)+5)},
		{"key without a value", request("GET", big), fmt.Sprint("oversize ", len(big)+3)},
		{"both", request("SET", big, big+"y"), fmt.Sprint("oversize ", len(big)+len(big)+1)},
		{"options after the value", request("SET", "key", big, "EX", "10"), fmt.Sprint("oversize ", 3+len(big))},
		{"name", request(big), fmt.Sprint("oversize ", len(big))},
		{"many megabytes", request("SET", "key", strings.Repeat(big, 64)), fmt.Sprint("oversize ", 3+64*len(big))},
		{"more in all than a request may have", request("MSET", "a", strings.Repeat(big, 200), "b", strings.Repeat(big, 200)),
			fmt.Sprint("oversize ", 1+200*len(big))},
		{"a broken header after it", strings.Replace(request("SET", big, "value"), "$5", "#5", 1),
			"Protocol error: expected '$', got '#'"},
		{"a broken length after it", strings.Replace(request("SET", big, "value"), "$5", "$-5", 1),
			"Protocol error: invalid bulk length"},
	}
	r := seeded(t)
	for _, row := range rows {
		in := []byte(next + row.in + next)
		want := []string{quotedArgs("GET", "a"), row.want, quotedArgs("GET", "a")}
		if strings.HasPrefix(row.want, "Protocol") {
			want = want[:2]
		}
		for _, step := range []int{len(in), 4096, 1<<16 - 1, 1 + r.IntN(1<<17)} {
			c := &connection{}
			for part := in; len(part) > 0; part = part[min(step, len(part)):] {
				c.arrive(t, part[:min(step, len(part))])
			}
			if !reflect.DeepEqual(c.got, want) {
				t.Errorf("%s, by %d bytes: %.200q, want %.200q", row.name, step, c.got, want)
			}
			if most := step + 1024; c.kept > most && step < len(in) {
				t.Errorf("%s, by %d bytes: %d bytes are kept", row.name, step, c.kept)
			}
		}
	}
}

// TestOversizeByBytes drops a request that arrives byte by byte.
func TestOversizeByBytes(t *testing.T) {
	in := []byte(request("SET", "key", long+"x", "EX", "1") + request("PING"))
	c := &connection{}
	for i := range in {
		c.arrive(t, in[i:i+1])
		if len(c.got) == 0 && c.kept > 100 {
			t.Fatalf("%d bytes are kept after %d", c.kept, i)
		}
	}
	want := []string{fmt.Sprint("oversize ", 3+len(long)+1), quotedArgs("PING")}
	if !reflect.DeepEqual(c.got, want) {
		t.Errorf("%q, want %q", c.got, want)
	}
}

// TestNeed checks that Need never exceeds the request's length, reaches to the end
// of an argument once its length is known, and is 0 after a request was decoded.
func TestNeed(t *testing.T) {
	value := strings.Repeat("v", 1000)
	in := []byte(request("SET", "key", value, "EX", "10"))
	var d RESP
	for n := range in {
		_, used, st, _ := d.Next(in[:n:n], 0, nil)
		if st != More || used != 0 {
			t.Fatalf("%d bytes of %d: status %d, %d used", n, len(in), st, used)
		}
		if d.Need() > len(in) || d.Need() != 0 && d.Need() <= n {
			t.Fatalf("%d bytes of %d have arrived, %d are needed", n, len(in), d.Need())
		}
		start := strings.Index(string(in), value)
		if n >= start && n < start+len(value)+2 && d.Need() != start+len(value)+2 {
			t.Fatalf("%d bytes have arrived, %d are needed, want %d", n, d.Need(), start+len(value)+2)
		}
	}
	if _, used, st, _ := d.Next(in, 0, nil); st != OK || used != len(in) || d.Need() != 0 {
		t.Fatalf("whole: status %d, %d used, %d needed", st, used, d.Need())
	}
}

// TestLongRequest decodes a request with MaxArgs arguments and checks that the
// decoder releases the memory for their spans.
func TestLongRequest(t *testing.T) {
	in := []byte(fmt.Sprintf("*%d\r\n", MaxArgs) + strings.Repeat("$1\r\nk\r\n", MaxArgs))
	var d RESP
	for _, n := range []int{len(in) / 3, len(in) - 1} {
		if _, used, st, _ := d.Next(in[:n], 0, nil); used != 0 || st != More {
			t.Fatalf("a part: %d used, status %d", used, st)
		}
	}
	args, used, st, _ := d.Next(in, 0, nil)
	if len(args) != MaxArgs || used != len(in) || st != OK {
		t.Fatalf("%d arguments, %d of %d bytes used, status %d", len(args), used, len(in), st)
	}
	if cap(d.args) > 64 {
		t.Errorf("%d spans are kept", cap(d.args))
	}
}
