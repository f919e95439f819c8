//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// goTestAttacks are long in-process tests run by go test. CI has its own, shorter ones, so the quick
// run leaves them out.
func goTestAttacks(operations int, fuzzing time.Duration, repository string) []attack {
	line := passLine{alone: true}
	all := []attack{
		{family: "store", name: "random operations against the models", full: operations, plainOnly: true, line: line, outside: true, run: models},
		{family: "store", name: "the tests of the store on the Go heap, freed memory poisoned, AddressSanitizer", full: 1, plainOnly: true, line: line, outside: true,
			run: goTest("-asan", "-tags", "lruheap", "./lru/...")},
		{family: "store", name: "the tests of the store between guard pages, freed memory poisoned", full: 1, plainOnly: true, line: line, outside: true,
			run: goTest("-tags", "lruguard", "./lru/...")},
		{family: "resources", name: "clock stepped by hours and years both ways, in process", full: 1, plainOnly: true, line: line, outside: true,
			run: goTest("-run", "Clock|Jump", "./lru")},
		{family: "clients", name: "keys that collide under the seed in use, in process", full: 1, plainOnly: true, line: line, outside: true,
			run: goTest("-run", "Colliding", "./lru")},
	}
	all = append(all, attack{family: "groups", name: "two hand-overs, then all stopped and started at once, with etcd and keep_memory", full: storms, plainOnly: true, line: line,
		outside: true, run: keptStorm})
	for _, t := range fuzzTargets(repository) {
		all = append(all, attack{family: "fuzzing", name: fmt.Sprintf("%s %s, seconds", t.folder, t.name), full: int(fuzzing.Seconds()), plainOnly: true, line: line, outside: true, run: fuzz(t)})
	}
	return all
}

func (f *field) goCommand(args ...string) (string, error) {
	cmd := exec.CommandContext(f.ctx, "go", args...)
	cmd.Dir = f.program.repository
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, last(string(out), 1500))
	}
	return string(out), err
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

// goTest runs tests once.
func goTest(args ...string) func(*field) error {
	return func(f *field) error {
		out, err := f.goCommand(append([]string{"test", "-count=1", "-vet=off"}, args...)...)
		if err == nil && strings.Contains(out, "no tests to run") {
			err = fmt.Errorf("go test %v has no tests to run", args)
		}
		if err == nil {
			f.done.Add(1)
		}
		return err
	}
}

// storms is how often a group with etcd is restarted as a whole.
const storms = 20

// keptStorm runs the test that restarts a group whose nodes keep their memory.
func keptStorm(f *field) error {
	run := goTest("-v", "-tags", "poll_opt", "-run", "^TestKeptStorm$", "./cmd/cachegopher", "-storms", strconv.Itoa(f.count))
	if err := run(f); err != nil {
		return err
	}
	f.done.Store(int64(f.count))
	return nil
}

// slowShare: one in slowShare operations goes to the complete but slow model of a store.
const slowShare = 100

// models does random operations on stores and models of them: a fast one, and a complete one.
func models(f *field) error {
	slow := f.count / slowShare
	for name, value := range map[string]int{"CACHEGOPHER_OPERATIONS": slow, "CACHEGOPHER_FLAT_OPERATIONS": f.count - slow} {
		os.Setenv(name, strconv.Itoa(value)) //nolint:errcheck // the name is valid
		defer os.Unsetenv(name)              //nolint:errcheck // it fails only for an invalid name
	}
	out, err := f.goCommand("test", "-count=1", "-vet=off", "-v", "-timeout", "4h", "-run", "^(TestModelLong|TestFlatModel)$", "./lru")
	if err == nil && (!strings.Contains(out, "--- PASS: TestModelLong") || !strings.Contains(out, "--- PASS: TestFlatModel")) {
		err = fmt.Errorf("the models did not run: %s", last(out, 500))
	}
	if err == nil {
		f.notes.add("%s of them against the complete model", group3(slow))
		f.done.Store(int64(f.count))
	}
	return err
}

// fuzzTarget is a function that can be fuzzed.
type fuzzTarget struct{ folder, name string }

var fuzzFunction = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// fuzzTargets finds all fuzz targets.
func fuzzTargets(repository string) (all []fuzzTarget) {
	filepath.WalkDir(repository, func(path string, d os.DirEntry, err error) error { //nolint:errcheck // what cannot be read has none
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for _, m := range fuzzFunction.FindAllStringSubmatch(string(text), -1) {
			if folder, err := filepath.Rel(repository, filepath.Dir(path)); err == nil {
				all = append(all, fuzzTarget{"./" + folder, m[1]})
			}
		}
		return nil
	})
	return all
}

var fuzzRuns = regexp.MustCompile(`execs: (\d+)`)

var fuzzDeadline = regexp.MustCompile(`(?m)^ *context deadline exceeded$`)

// onlyDeadline says whether go test reports its own deadline as a failure, as it may when the time ends in the middle of an
// input. An input that really fails is written to testdata, and the output says so.
func onlyDeadline(out string) bool {
	return fuzzDeadline.MatchString(out) && !strings.Contains(out, "Failing input")
}

// fuzz fuzzes one target for as many seconds as there are faults to do.
func fuzz(t fuzzTarget) func(*field) error {
	return func(f *field) error {
		out, err := f.goCommand("test", "-vet=off", "-tags", "poll_opt", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", fmt.Sprint(f.count, "s"),
			"-fuzzminimizetime", "50x", "-parallel", "1", t.folder)
		if err != nil && !onlyDeadline(out) {
			return err
		}
		runs := fuzzRuns.FindAllStringSubmatch(out, -1)
		if len(runs) == 0 {
			return fmt.Errorf("nothing was fuzzed: %s", last(out, 500))
		}
		n, _ := strconv.Atoi(runs[len(runs)-1][1])
		f.notes.add("%s inputs", group3(n))
		f.done.Store(int64(f.count))
		return nil
	}
}
