package sut

import (
	"testing"

	"github.com/cachegopher/cachegopher/bench/workload"
)

func TestAnyReply(t *testing.T) {
	for _, c := range []struct {
		text string
		want Outcome
	}{
		{"+OK\r\n", Done}, {":5\r\n", Done}, {"$3\r\na\r\n\r\n", Done}, {"$-1\r\n", Miss}, {"*-1\r\n", Miss}, {"_\r\n", Miss}, {"-ERR no\r\n", Refused}, {"!5\r\nERR x\r\n", Refused},
		{"*0\r\n", Done}, {"*2\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n", Done}, {"%1\r\n+a\r\n~2\r\n:1\r\n,1.5\r\n", Done}, {"=7\r\ntxt:abc\r\n", Done}, {"#t\r\n", Done}, {"(123\r\n", Done},
		{"|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n", Done}, {"*1\r\n-ERR in it\r\n", Done},
	} {
		for i := range len(c.text) { // as it arrives
			if n, err := (RESP{}).Parse([]byte(c.text[:i]), workload.Command, 1, new(Reply)); n != 0 || err != nil {
				t.Errorf("%q: %d, %v", c.text[:i], n, err)
			}
		}
		var r Reply
		if n, err := (RESP{}).Parse([]byte(c.text+"+next"), workload.Command, 1, &r); n != len(c.text) || err != nil || r.Outcome != c.want {
			t.Errorf("%q: %d, %v, outcome %d, want %d", c.text, n, err, r.Outcome, c.want)
		}
	}
	for _, bad := range []string{"hello\r\n", "\r\n", "$x\r\n", "$3\r\nabcde\r\n", "*99999999999\r\n", "*-2\r\n", "*1\r\n?\r\n"} {
		if n, err := (RESP{}).Parse([]byte(bad), workload.Command, 1, new(Reply)); err == nil {
			t.Errorf("%q: %d bytes and no error", bad, n)
		}
	}
}
