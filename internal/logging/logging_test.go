package logging

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func start(t *testing.T, o Options) *Logger {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestFormats(t *testing.T) {
	local := time.Local
	time.Local = time.FixedZone("away", 5*3600) // the file has UTC nevertheless
	defer func() { time.Local = local }()
	path := filepath.Join(t.TempDir(), "n.log")
	var console bytes.Buffer
	l := start(t, Options{Node: "n1", File: path, Console: &console})
	l.Info("serving", zap.String("address", "127.0.0.1:31337"), zap.Duration("idle", 90*time.Second))
	l.Debug("not yet")
	want := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO serving \{"address": "127.0.0.1:31337", "idle": "1m30s"\}\n$`)
	if !want.MatchString(console.String()) {
		t.Errorf("console has %q", console.String())
	}
	var line struct{ Time, Level, Msg, Node, Address, Idle string }
	if err := json.Unmarshal([]byte(read(t, path)), &line); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, line.Time)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("time is %s, %v", line.Time, err)
	}
	if line.Time = ""; line != (struct{ Time, Level, Msg, Node, Address, Idle string }{"", "info", "serving", "n1", "127.0.0.1:31337", "1m30s"}) {
		t.Errorf("file has %+v", line)
	}
}

func TestLevels(t *testing.T) {
	var console bytes.Buffer
	l := start(t, Options{Level: "warn", Console: &console})
	all := func() string {
		console.Reset()
		l.Debug("d")
		l.Info("i")
		l.Warn("w")
		l.Error("e")
		var got string
		for _, line := range strings.Split(strings.TrimSpace(console.String()), "\n") {
			got += line[len(line)-1:]
		}
		return got
	}
	if got := all(); got != "we" || l.Level() != "warn" {
		t.Errorf("at %s: %s", l.Level(), got)
	}
	for level, want := range map[string]string{"debug": "diwe", "info": "iwe", "warn": "we", "error": "e"} {
		if err := l.SetLevel(level); err != nil {
			t.Fatal(err)
		}
		if got := all(); got != want || l.Level() != level {
			t.Errorf("at %s (%s): %s, want %s", level, l.Level(), got, want)
		}
	}
	for _, level := range []string{"", "INFO", "fatal", "panic", "verbose"} {
		if err := l.SetLevel(level); err == nil {
			t.Errorf("level %q passes", level)
		}
	}
	if _, err := New(Options{Level: "loud"}); err == nil || err.Error() != `log level "loud" is not debug, info, warn or error` {
		t.Errorf("got %v", err)
	}
}

// TestOffCostsNothing logs below the level, as the server does for each request.
func TestOffCostsNothing(t *testing.T) {
	l := start(t, Options{Console: &bytes.Buffer{}})
	key := []byte("key")
	if n := testing.AllocsPerRun(1000, func() {
		if e := l.Check(zap.DebugLevel, "request"); e != nil {
			e.Write(zap.ByteString("key", key))
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestFallback checks that a node in production without a log file writes its lines to the fallback.
func TestFallback(t *testing.T) {
	var fallback bytes.Buffer
	l := start(t, Options{Node: "n1", Fallback: &fallback})
	l.Info("hello")
	if !strings.Contains(fallback.String(), `"msg":"hello","node":"n1"`) {
		t.Errorf("fallback has %q", fallback.String())
	}
	if err := l.Reopen(); err != nil || l.Dropped() != 0 {
		t.Error(err, l.Dropped())
	}
}

// TestReopen moves the file away under several writers. No line is lost or cut.
func TestReopen(t *testing.T) {
	const writers, lines, moves = 4, 500, 10
	folder := t.TempDir()
	path := filepath.Join(folder, "n.log")
	l := start(t, Options{File: path})
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range lines {
				l.Info("line", zap.Int("w", w), zap.Int("i", i))
			}
		})
	}
	for m := range moves {
		if err := os.Rename(path, filepath.Join(folder, "n.log."+string(rune('a'+m)))); err != nil {
			t.Fatal(err)
		}
		if err := l.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	wait.Wait()
	l.Info("last")
	if got := read(t, path); !strings.Contains(got, "last") {
		t.Errorf("the new file has %q", got)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != moves+1 {
		t.Fatal(files, err)
	}
	seen := map[[2]int]bool{}
	for _, path := range files {
		for line := range strings.Lines(read(t, path)) {
			var at struct{ W, I int }
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				t.Fatalf("%v: %q", err, line)
			}
			seen[[2]int{at.W, at.I}] = true
		}
	}
	if len(seen) != writers*lines {
		t.Errorf("%d lines of %d", len(seen), writers*lines)
	}
}

// TestReopenFails checks that the old file stays in use if the new one cannot be opened.
func TestReopenFails(t *testing.T) {
	folder := t.TempDir()
	sub := filepath.Join(folder, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	l := start(t, Options{File: filepath.Join(sub, "n.log")})
	moved := filepath.Join(folder, "moved")
	if err := os.Rename(sub, moved); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(); err == nil {
		t.Error("Reopen found a folder that is gone")
	}
	l.Info("still here")
	if got := read(t, filepath.Join(moved, "n.log")); !strings.Contains(got, "still here") || l.Dropped() != 0 {
		t.Errorf("file has %q, dropped %d", got, l.Dropped())
	}
}

// TestFullDisk logs to a device that is always full.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	var fallback bytes.Buffer
	l := start(t, Options{File: "/dev/full", Fallback: &fallback})
	for range 100 {
		l.Info("lost")
	}
	if want := "cachegopher: 1 log lines dropped so far: write /dev/full: no space left on device\n"; fallback.String() != want || l.Dropped() != 100 {
		t.Errorf("said %q, dropped %d", fallback.String(), l.Dropped())
	}
}

func TestClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.log")
	l := start(t, Options{File: path})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.Info("late")
	if err := l.Reopen(); err != nil || l.Dropped() != 1 || read(t, path) != "" {
		t.Error(err, l.Dropped(), read(t, path))
	}
	if _, err := New(Options{File: filepath.Join(path, "n.log")}); err == nil || !strings.Contains(err.Error(), "opening the log file") {
		t.Errorf("got %v", err)
	}
}

// TestShared makes two nodes append to one file, as nodes of one config do.
func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.log")
	one, two := start(t, Options{File: path}), start(t, Options{File: path})
	one.Info("a")
	two.Info("b")
	one.Info("c")
	three := start(t, Options{File: path})
	three.Info("d")
	got := regexp.MustCompile(`"msg":"(.)"`).FindAllStringSubmatch(read(t, path), -1)
	if len(got) != 4 || got[0][1]+got[1][1]+got[2][1]+got[3][1] != "abcd" {
		t.Errorf("file has %q", read(t, path))
	}
}
