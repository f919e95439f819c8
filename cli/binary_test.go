package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// patience bounds waits for events that should be immediate; the machine may be busy.
const patience = 30 * time.Second

// binary is the command line that the tests run, built with the same flags as the tests.
var binary string

// raced says that binary has the race detector. Such a program starts slowly, so only prompts run it then, and
// everything else runs in the tests' process.
var raced bool

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	folder, err := os.MkdirTemp("", "cachegopher-cli")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a left-over in /tmp
	binary = filepath.Join(folder, "cachegopher-cli")
	args := []string{"build", "-o", binary, "-ldflags", "-X main.version=v0.0.0-test"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" || s.Key == "-tags" {
				args = append(args, s.Key+"="+s.Value)
				raced = raced || s.Key == "-race" && s.Value == "true"
			}
		}
	}
	if out, err := exec.Command("go", append(args, "../cmd/cachegopher-cli")...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// place is an empty folder, with a config beside it, in which the tests run the command line.
type place struct {
	t      *testing.T
	folder string   // working folder
	flags  []string // put before the flags of each run
	env    []string
}

// output is the result of a run.
type output struct {
	status    int
	out, errs string
}

func newPlace(t *testing.T, flags ...string) *place {
	folder := t.TempDir()
	return &place{t: t, folder: folder, flags: flags, env: []string{
		"HOME=" + folder, "XDG_STATE_HOME=" + filepath.Join(folder, "state"), "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "GOTRACEBACK=all",
	}}
}

// groups starts two groups, A of two nodes and B of one, and returns a place with their config, and
// the nodes a1, a2, b1.
func groups(t *testing.T) (*place, []*servertest.Node) {
	a1, a2, b1 := servertest.Start(t, servertest.ID("a1")), servertest.Start(t, servertest.ID("a2"), servertest.Secondary()), servertest.Start(t, servertest.ID("b1"))
	path := servertest.ConfigFile(t, []*servertest.Node{a1, a2}, []*servertest.Node{b1})
	return newPlace(t, "--config", path), []*servertest.Node{a1, a2, b1}
}

func (p *place) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	p.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, binary, append(append([]string{}, p.flags...), args...)...)
	c.Dir, c.Env = p.folder, p.env
	return c
}

// input runs the command line with standard input.
func (p *place) input(stdin string, args ...string) output {
	p.t.Helper()
	if raced {
		return p.call(stdin, args...)
	}
	var out, errs bytes.Buffer
	c := p.command(args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return output{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// call is like input, but runs in the tests' process.
func (p *place) call(stdin string, args ...string) output {
	p.t.Helper()
	if now, err := os.Getwd(); err != nil || now != p.folder { // Chdir is not for two calls at once
		p.t.Chdir(p.folder)
	}
	env := map[string]string{}
	for _, v := range p.env {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	file := func(text string) *os.File {
		f, err := os.CreateTemp(p.t.TempDir(), "")
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return f
	}
	in, out, errs := file(stdin), file(""), file("")
	o := output{status: Run(append(append([]string{}, p.flags...), args...),
		IO{In: in, Out: out, Err: errs, Getenv: func(name string) string { return env[name] }, Version: "cachegopher-cli v0.0.0-test, commit unknown"})}
	for f, text := range map[*os.File]*string{in: nil, out: &o.out, errs: &o.errs} {
		if text != nil {
			data, err := os.ReadFile(f.Name())
			if err != nil {
				p.t.Fatal(err)
			}
			*text = string(data)
		}
		f.Close() //nolint:errcheck // done with it
	}
	return o
}

// want runs the command line without input and compares.
func (p *place) want(status int, out string, args ...string) {
	p.t.Helper()
	if got := p.input("", args...); got.status != status || got.out != out {
		p.t.Errorf("%q\nstatus %d, wrote %q, want %d, %q; standard error: %s", args, got.status, got.out, status, out, got.errs)
	}
}

// fails runs the command line without input and expects an error.
func (p *place) fails(status int, errs string, args ...string) {
	p.t.Helper()
	if got := p.input("", args...); got.status != status || !strings.Contains(got.errs, errs) {
		p.t.Errorf("%q\nstatus %d, standard error %q, want %d, %q; it wrote %q", args, got.status, got.errs, status, errs, got.out)
	}
}

// write puts a file into the working folder.
func (p *place) write(name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}
