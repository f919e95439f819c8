package reactor

import "testing"

func TestOtherTarget(t *testing.T) {
	const (
		head  = "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t11\n"
		seven = "tfd:        7 events:       1b data:     c000012345  pos:0 ino:b sdev:9\n"
		nine  = "tfd:        9 events: 8000201b data:     c000054321  pos:0 ino:c sdev:9\n"
	)
	for _, of := range []struct {
		info  string
		other int
		ok    bool
	}{
		{head + seven + nine, 7, true},
		{head + nine + seven, 7, true},
		{head + nine, 0, false},
		{head + seven, 0, false},
		{head + nine + seven + "tfd:       12 events:        1 data: 0\n", 0, false},
		{head, 0, false},
	} {
		if other, ok := otherTarget(of.info, 9); ok != of.ok || ok && other != of.other {
			t.Errorf("got %d, %v of %q", other, ok, of.info)
		}
	}
}
