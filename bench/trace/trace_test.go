package trace

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// show writes a request as: seconds op key size ttl.
func show(q *Request) string {
	return fmt.Sprintf("%g %s %s %d %g", q.Time.Seconds(), q.Op, q.Key, q.Size, q.TTL.Seconds())
}

// read returns all requests, and how it ended.
func read(r *Reader) (all []string, err error) {
	var q Request
	for r.Next(&q) {
		all = append(all, show(&q))
	}
	return all, r.Err()
}

func oracleRecord(at uint32, key uint64, size uint32, next int64) string {
	b := binary.LittleEndian.AppendUint32(nil, at)
	b = binary.LittleEndian.AppendUint64(b, key)
	b = binary.LittleEndian.AppendUint32(b, size)
	return string(binary.LittleEndian.AppendUint64(b, uint64(next)))
}

// files are small traces of each format, which must be found out by their content.
var files = []struct {
	name, format, text string
	want               []string
	changes            string
}{
	{"twitter", "twitter", "100,a,1,10,7,get,0\n100.5,b,c,3,20,7,add,60\n\n# c\n102,a,1,0,7,delete,0\n101,a,1,0,7,touch,5\n103,a,1,3,7,gets\n",
		[]string{"0 get a 10 0", "0.5 set b,c 20 60", "2 delete a 0 0", "2 touch a 0 5", "3 get a 3 0"},
		"1 add replayed as set, 1 times before that of the request before, taken for that"},
	{"Twitter's with a header", "csv", "timestamp,key,key size,value size,client id,operation,TTL\r\n5,k,1,10,7,set,3600\r\n",
		[]string{"0 set k 10 3600"}, ""},
	{"columns in any order", "csv", "ttl;Op;KEY;size\n1.5;SET;a;3\n;get;b;c;4\n;get;\"d;e\";\n",
		[]string{"0 set a 3 1.5", "0 get b;c 4 0", "0 get d;e -1 0"}, ""},
	{"key and size alone", "csv", "key,size\na,1\nb,2\n", []string{"0 get a 1 0", "0 get b 2 0"}, ""},
	{"CacheLib", "csv", "key,op,size,op_count,key_size\n7,GET,55,2,30\n8,SET,6,1,30\n9,GET_LEASE,6,1,30\n",
		[]string{"0 get 7 55 0", "0 get 7 55 0", "0 set 8 6 0", "0 get 9 6 0"}, "1 getlease replayed as get"},
	{"milliseconds", "csv", "time,key\n1700000000000,a\n1700000001500,b\n", []string{"0 get a -1 0", "1.5 get b -1 0"}, ""},
	{"MONITOR", "monitor", "OK\n1700000000.250000 [0 127.0.0.1:60866] \"SET\" \"a b\" \"xy\\x00\\n\\\"\" \"PX\" \"1500\" \"NX\"\n" +
		"1700000001.250000 [0 unix:/tmp/s] \"mget\" \"a\\\\\" \"b\"\n1700000001.250000 [0 lua] \"del\" \"a\" \"b\"\n1700000002.25 [0 ::1] \"hset\" \"h\" \"f\" \"v\"\n" +
		"1700000002.25 [0 ::1] \"expireat\" \"a\" \"1700000010\"\n1700000002.25 [0 ::1] \"set\" \"c\" \"\" \"EXAT\" \"1700000003\"\n1700000003.25 [0 ::1] \"incrby\" \"n\" \"5\"\n1700000003.25 [0 ::1] \"mset\" \"m\" \"12\" \"n\" \"3\"\n1700000003.25 [0 ::1] \"setex\" \"m\" \"12\" \"345\"\n",
		[]string{"0 set a b 5 1.5", "1 get a\\ -1 0", "1 get b -1 0", "1 delete a -1 0", "1 delete b -1 0", "2 touch a -1 7.75", "2 set c 0 0.75", "3 incr n -1 0", "3 set m 2 0", "3 set n 1 0", "3 set m 3 12"},
		"1 hset left out, 1 incrby replayed as incr, 1 mget replayed as a get of each key, 1 mset replayed as a set of each key, 1 options of set left out"},
	{"memcached -vv", "memcached", "<23 server listening (auto-negotiate)\n<25 set foo 0 60 5\n>25 STORED\n<25 get foo bar\n>25 sending key foo\n>25 END\n<25 gat 10 x y\n<25 touch foo 9\n<25 cas q 0 -1 2 7\n<25 delete foo\n<25 incr n 5\n<25 connection closed.\n",
		[]string{"0 set foo 5 60", "0 get foo -1 0", "0 get bar -1 0", "0 get x -1 0", "0 get y -1 0", "0 touch foo -1 9", "0 set q 2 0", "0 delete foo -1 0", "0 incr n -1 0"},
		"1 cas replayed as set, 1 connection left out, 1 gat replayed as get, 1 server left out, 1 times to live that are negative or times of day left out"},
	{"memcached's watch", "watch", "OK\nts=5.25 gid=2 type=item_get key=a status=not_found clsid=0 cfd=25 size=0\nts=5.5 gid=3 type=item_get key=a status=not_found clsid=0 cfd=25 size=0\n" +
		"ts=6.25 gid=4 type=item_store key=a status=stored cmd=set ttl=60 clsid=1 cfd=25 size=5\nts=6.25 gid=5 type=item_get key=a status=found clsid=1 cfd=26 size=5\n" +
		"ts=6.25 gid=6 type=item_store key=a status=stored cmd=append ttl=0 clsid=1 cfd=25 size=6\nts=6.25 gid=7 type=item_get key=b%20%25 status=found clsid=1 cfd=25 size=9\n" +
		"skipped=12\nts=6.25 gid=9 type=item_get key=q status=found clsid=1 cfd=25 size=2\nts=6.25 gid=9 type=item_store key=q status=not_stored cmd=add ttl=0 clsid=1 cfd=25 size=2\n" +
		"ts=7.25 gid=9 type=item_get key=d status=found clsid=1 cfd=25 size=2\nts=7.25 gid=9 type=deleted key=d cmd=delete clsid=1 cfd=25 size=2\nts=7.25 gid=9 type=eviction key=d fetch=yes\n" +
		"ts=8.25 gid=11 type=item_store key=x status=stored cmd=set ttl=0 clsid=1 cfd=25 size=1\nts=9.25 gid=11 type=item_get key=z status=found clsid=1 cfd=2 size=3\n",
		[]string{"0 get a -1 0", "1 set a 5 60", "1 get a 5 0", "1 set a 6 0", "1 get b % 9 0", "2 delete d -1 0", "3 set x 1 0", "4 get z 3 0"},
		"1 append replayed as set, 1 eviction left out, 1 gaps where memcached left lines out, 1 refused stores left out"},
	{"oracleGeneral", "oracleGeneral", oracleRecord(50, 1<<40, 512, 2) + oracleRecord(50, 9, 7, -1) + oracleRecord(53, 1<<40, 512, -1),
		[]string{"0 get 1099511627776 512 0", "0 get 9 7 0", "3 get 1099511627776 512 0"}, ""},
	{"int32", "int32", "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x01\xb8\x00\x00\x01\xb8\x00\x00\x02", []string{"0 get 1 -1 0", "0 get 2 -1 0", "0 get 1 -1 0", "0 get 3087007745 -1 0", "0 get 3087007746 -1 0"}, ""},
	{"ARC", "arc", "230027 2 0 0\n5 0 0 1\n7 1 50 2\n", []string{"0 get 230027 -1 0", "0 get 230028 -1 0", "0 get 7 -1 0"}, ""},
	{"time, key and size", "times", "1 0 68\n2.5 a 7454\n", []string{"0 get 0 68 0", "1.5 get a 7454 0"}, ""},
	{"keys", "keys", "1\n2\n*\n 1 \n", []string{"0 get 1 -1 0", "0 get 2 -1 0", "0 get 1 -1 0"}, "1 marks (*) left out"},
	{"CacheLib's distribution", "distribution", "{\"numOps\": 3, \"popularityBuckets\": [1], \"popularityWeights\": [7]}\n{\"valSizeRange\": [1, 64], \"valSizeRangeProbability\": [0, 2]}",
		[]string{"0 get 0 64 0", "0 get 0 64 0", "0 get 0 64 0"}, ""},
}

func TestFormats(t *testing.T) {
	for _, f := range files {
		force := ""
		if f.name == "time, key and size" {
			force = "times" // a key that is no number
		}
		r, err := NewReader(strings.NewReader(f.text), force)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		got, err := read(r)
		var changes []string
		for _, c := range r.Changes() {
			changes = append(changes, fmt.Sprint(c.Count, " ", c.What))
		}
		if err != nil || r.Format().Name != f.format || strings.Join(got, "|") != strings.Join(f.want, "|") || strings.Join(changes, ", ") != f.changes {
			t.Errorf("%s: %v, %v\n got %q\nwant %q\nchanges %q\nwant    %q", f.name, r.Format().Name, err, got, f.want, changes, f.changes)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"", "", "the trace is empty"},
		{"", "# nothing\n", "no requests in its first"},
		{"", "a b\nc d\n", `the format is not known from the first line, "a b"; give a header line`},
		{"", "{\n\"x\": 5\n}", "the format is not known"},
		{"", "\x7fELF\x02\x01\x01\x00\x00\x9a\x22\x31\x18\x01\x99\x00\x12\x13\x14\x15\x16\x17\x18\x19", "the format of the binary file is not known"},
		{"mp3", "x", `no format is called "mp3"; there are csv,`},
		{"", "1,k,1,1,1,get,0\n1,k,1,1,1,smile,0\n", `line 2: operation "smile" is not known`},
		{"", "1,k,1,1,1,get,0\nx,k,1,1,1,get,0\n", `line 2: timestamp "x"`},
		{"", "1,k,1,1,1,get,0\n\n1,k,1,-1,1,get,0\n", `line 3: value size "-1"`},
		{"", "1,k,1,1,1,get,0\n1,k,1\n", "line 2: 3 fields; there are timestamp,key"},
		{"", "1,k,1,1,1,get,0\n1,,1,1,1,get,0\n", "line 2: there is no key"},
		{"", "1,k,1,1,1,set,soon\n", `line 1: TTL "soon"`},
		{"csv", "a,b\n", `line 1: the header "a,b" names no column "key"`},
		{"", "key,op_count\na,0\n", `line 2: count "0"`},
		{"monitor", "OK\n1700000000.2 [0 x] \"get\" \"a\n", "line 2: "},
		{"", "1 2 3 4\n1 99999999 3 4\n", "line 2: \"1 99999"},
		{"oracleGeneral", oracleRecord(1, 2, 3, -1) + "xyz", "offset 24: 3 bytes are no whole record of 24"},
		{"int32", "\x00\x00\x00\x01\x00", "offset 4: 1 bytes"},
		{"keys", "a\n" + strings.Repeat("k", mostLine+1) + "\n", "after line 1: "},
	} {
		r, err := NewReader(strings.NewReader(c.text), c.format)
		if err == nil {
			_, err = read(r)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %q", c.text, err, c.want)
		}
	}
}

// packed returns text in each way of compression.
func packed(t *testing.T, text string) map[string][]byte {
	var g, x, z bytes.Buffer
	gw := gzip.NewWriter(&g)
	xw, err := xz.NewWriter(&x)
	zw, err2 := zstd.NewWriter(&z)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{gw, xw, zw} {
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"plain": []byte(text), "gz": g.Bytes(), "xz": x.Bytes(), "zst": z.Bytes()}
}

func TestCompression(t *testing.T) {
	text := "key,size\n" + strings.Repeat("abc,5\n", 30000)
	for name, b := range packed(t, text) {
		path := filepath.Join(t.TempDir(), "trace")
		for _, cut := range []int{0, 30} {
			if err := os.WriteFile(path, b[:len(b)-cut], 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Open(path, "")
			var got []string
			if err == nil {
				got, err = read(r)
				if err := r.Close(); err != nil {
					t.Error(name, err)
				}
			}
			if cut == 0 && (err != nil || len(got) != 30000) {
				t.Errorf("%s: %d requests, %v", name, len(got), err)
			}
			if cut > 0 && name != "plain" && err == nil {
				t.Errorf("%s that ends too soon: %d requests and no error", name, len(got))
			}
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), ""); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// TestReadingAllocatesNothing bounds what a long trace takes: nothing a request.
func TestReadingAllocatesNothing(t *testing.T) {
	for _, line := range []string{"100,key,3,10,7,get,0\n", "1700000000.25 [0 127.0.0.1:60866] \"get\" \"key\"\n", "5 2 0 0\n"} {
		r, err := NewReader(strings.NewReader(strings.Repeat(line, 10000)), "")
		if err != nil {
			t.Fatal(err)
		}
		var q Request
		for range 1000 {
			r.Next(&q)
		}
		if n := testing.AllocsPerRun(5000, func() { r.Next(&q) }); n > 0 || r.Err() != nil || q.Time > time.Second {
			t.Errorf("%q: %v allocations a request, %v", line, n, r.Err())
		}
	}
}

// TestRecordedTraces reads traces of real systems, where they are there, and compares with what is known of them.
func TestRecordedTraces(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "traces")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("SKIPPED: there are no recorded traces beside the project")
	}
	for _, c := range []struct {
		file, format   string
		requests, keys int
	}{
		{"web07.trace.xz", "int32", 76118, 20484}, {"web12.trace.xz", "int32", 95607, 13756}, {"lirs-2_pools.trace.gz", "keys", 100000, 9939},
		{"lirs-multi3.trace.gz", "keys", 30241, 7454}, {"lirs-sprite.trace.gz", "keys", 133996, 7075},
		{"cloudphysics.oracleGeneral.bin", "oracleGeneral", 113872, 48974}, {"adapt-size.trace.xz", "times", 66987, 36815},
	} {
		r, err := Open(filepath.Join(folder, c.file), "")
		if err != nil {
			t.Error(err)
			continue
		}
		var q Request
		requests, keys := 0, map[string]bool{}
		for r.Next(&q) {
			requests++
			if !keys[string(q.Key)] {
				keys[string(q.Key)] = true
			}
		}
		if r.Err() != nil || r.Format().Name != c.format || requests != c.requests || len(keys) != c.keys {
			t.Errorf("%s: %s, %d requests of %d keys, %v; want %s, %d of %d", c.file, r.Format().Name, requests, len(keys), r.Err(), c.format, c.requests, c.keys)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
