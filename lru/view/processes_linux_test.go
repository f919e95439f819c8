//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"
)

// The reader is the process of the test, and the writer another one: see writer_linux_test.go. Both map a ledger, where the
// writer notes for each key the versions that it begins and ends to store, so that the reader knows which it may find.

const (
	modelKeys   = 1 << 14
	writerFD    = 3 // of the ledger in the writer
	mostValue   = 50_000
	fewerReads  = 300_000 // in go test; VIEW_READS gives another number
	valueHeader = 24      // key, version, checksum
)

// ledger has the versions of each key that were begun and ended. A version is never used twice.
type ledger [modelKeys]struct{ begun, ended atomic.Uint64 }

const ledgerBytes = int(unsafe.Sizeof(ledger{}))

func mapLedger(f *os.File) (*ledger, func(), error) {
	b, err := unix.Mmap(int(f.Fd()), 0, ledgerBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return (*ledger)(unsafe.Pointer(&b[0])), func() { _ = unix.Munmap(b) }, nil
}

// appendKey appends the key of number n; some are long, so that they are chained.
func appendKey(dst []byte, n int) []byte {
	dst = fmt.Appendf(dst, "key:%d:", n)
	if n%16 == 0 {
		for len(dst) < n%2000 {
			dst = append(dst, byte(n))
		}
	}
	return dst
}

// appendModelValue appends a value of size bytes, at least valueHeader, that names key and version.
func appendModelValue(dst []byte, key int, version uint64, size int) []byte {
	from := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(key))
	dst = binary.LittleEndian.AppendUint64(dst, version)
	for w := version * 0x9e3779b97f4a7c15; len(dst)-from < size-8; w = w*6364136223846793005 + 1 {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	dst = dst[:max(from+size-8, from+16)]
	return binary.LittleEndian.AppendUint64(dst, xxhash.Sum64(dst[from:]))
}

// versionOf returns the version in a value of key, or an error if it is none.
func versionOf(value []byte, key int) (uint64, error) {
	if len(value) < valueHeader {
		return 0, fmt.Errorf("%d bytes", len(value))
	}
	body := value[:len(value)-8]
	if xxhash.Sum64(body) != binary.LittleEndian.Uint64(value[len(body):]) {
		return 0, fmt.Errorf("torn: %d bytes, of key %d", len(value), binary.LittleEndian.Uint64(value))
	}
	if of := binary.LittleEndian.Uint64(body); of != uint64(key) {
		return 0, fmt.Errorf("the value of key %d", of)
	}
	return binary.LittleEndian.Uint64(body[8:]), nil
}

// TestTwoProcesses reads what another process changes at random, evicts, flushes and resizes, until it is killed at a random
// moment, again and again; so are other processes that read it. Each value read must be whole, its key's own, and one that was the latest at some moment of the
// read.
func TestTwoProcesses(t *testing.T) {
	want := int64(fewerReads)
	if s := os.Getenv("VIEW_READS"); s != "" {
		var err error
		if want, err = strconv.ParseInt(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	p := &reading{t: t}
	for rounds := 1; p.reads.Load() < want && !t.Failed(); rounds++ {
		p.round(r.Uint64(), time.Duration(50+r.IntN(1000))*time.Millisecond)
		if rounds%100 == 0 {
			t.Logf("%d rounds, %d reads, %d found, %d tables, %d other readers killed", rounds, p.reads.Load(), p.found.Load(), p.tables.Load(), p.kills.Load())
		}
	}
	t.Logf("%d reads, %d found, %d tables, %d other readers killed", p.reads.Load(), p.found.Load(), p.tables.Load(), p.kills.Load())
	if p.found.Load() < 1000 {
		t.Error("too few keys were found: the test tests little")
	}
}

// reading is the reader of all rounds.
type reading struct {
	t                    *testing.T
	reads, found, tables atomic.Int64
	view                 atomic.Pointer[View]

	path  atomic.Pointer[string] // of the writer's table
	kills atomic.Int64           // readers in processes of their own
	wrong func(string)           // nil: the test fails
}

// round starts a writer, reads for a while, kills it, and reads on for a moment.
func (p *reading) round(seed uint64, length time.Duration) {
	f, err := newFile(int64(ledgerBytes))
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	l, unmap, err := mapLedger(f)
	if err != nil {
		p.t.Fatal(err)
	}
	defer unmap()
	c := exec.Command(os.Args[0], "-test.run=^TestWriter$")
	c.Env = append(os.Environ(), "VIEW_WRITER="+strconv.FormatUint(seed, 10))
	c.ExtraFiles, c.Stderr = []*os.File{f}, os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = c.Wait() }()
	defer func() { _ = c.Process.Kill() }()
	p.view.Store(nil)
	news := make(chan struct{})
	go func() { defer close(news); p.follow(c.Process.Pid, bufio.NewScanner(out)) }()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 2 {
		readers.Go(func() { p.read(l, rand.New(rand.NewPCG(seed, uint64(i+1))), stop) })
	}
	p.path.Store(nil)
	readers.Go(func() { p.killReaders(f, rand.New(rand.NewPCG(seed, 9)), stop) })
	time.Sleep(length)
	_ = c.Process.Kill()
	<-news
	time.Sleep(5 * time.Millisecond)
	close(stop)
	readers.Wait()
}

// follow opens the tables of which the writer prints the descriptors.
func (p *reading) follow(pid int, lines *bufio.Scanner) {
	for lines.Scan() {
		fd, ok := strings.CutPrefix(lines.Text(), "table ")
		if !ok {
			p.t.Log(lines.Text())
			continue
		}
		f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%s", pid, fd))
		if err != nil {
			continue // killed, or the next table is there already
		}
		v, err := Open(f)
		f.Close()
		if err == nil {
			p.tables.Add(1)
			p.view.Store(v)
			path := f.Name()
			p.path.Store(&path)
		} else if pid != 0 && v != nil {
			p.t.Error(err)
		}
	}
}

func (p *reading) report(wrong string) {
	if p.wrong == nil {
		p.t.Error(wrong)
	} else {
		p.wrong(wrong)
	}
}

// read reads keys at random until stop is closed.
func (p *reading) read(l *ledger, r *rand.Rand, stop chan struct{}) {
	var key, value []byte
	reads, found := int64(0), int64(0)
	defer func() { p.reads.Add(reads); p.found.Add(found) }()
	for {
		select {
		case <-stop:
			return
		default:
		}
		v := p.view.Load()
		if v == nil || !v.Current() {
			time.Sleep(100 * time.Microsecond)
			continue
		}
		for range 100 {
			n := r.IntN(modelKeys)
			if r.IntN(2) == 0 {
				n %= 64
			}
			key = appendKey(key[:0], n)
			ended := l[n].ended.Load()
			var ok bool
			value, _, ok = v.Get(value[:0], v.Hash(key), key, time.Now().UnixMilli())
			begun := l[n].begun.Load()
			reads++
			if !ok || !v.Current() {
				continue
			}
			found++
			if version, err := versionOf(value, n); err != nil || version < ended || version > begun {
				p.report(fmt.Sprintf("key %d: version %d, of %d to %d: %v", n, version, ended, begun, err))
				return
			}
		}
	}
}
