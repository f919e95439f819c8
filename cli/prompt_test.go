package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// screen is the command line in a terminal emulator.
type screen struct {
	t       *testing.T
	tty     *os.File
	term    vt10x.Terminal
	command *exec.Cmd
	ended   chan struct{}

	mu  sync.Mutex
	raw strings.Builder
}

const screenRows, screenColumns = 40, 120

// open starts the command line with a prompt.
func (p *place) open(env ...string) *screen {
	p.t.Helper()
	return p.onTerminal(nil, env...)
}

// onTerminal runs a command in a terminal.
func (p *place) onTerminal(args []string, env ...string) *screen {
	p.t.Helper()
	c := p.command(args...)
	c.Env = append(c.Env, env...)
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: screenRows, Cols: screenColumns})
	if err != nil {
		p.t.Fatal(err)
	}
	s := &screen{t: p.t, tty: tty, command: c, ended: make(chan struct{}), term: vt10x.New(vt10x.WithSize(screenColumns, screenRows))}
	go func() {
		defer close(s.ended)
		io.Copy(s, tty) //nolint:errcheck // it ends with an error when the process does
		c.Wait()        //nolint:errcheck // ProcessState has it
	}()
	p.t.Cleanup(func() {
		c.Process.Kill() //nolint:errcheck // it may have ended
		<-s.ended
		tty.Close() //nolint:errcheck // done with it
		if p.t.Failed() {
			p.t.Logf("the screen shows\n%s", s.text())
		}
	})
	return s
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(b)
	return s.term.Write(b)
}

// text returns the screen without trailing spaces.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for l := range strings.Lines(s.term.String()) {
		lines = append(lines, strings.TrimRight(l, " \n"))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (s *screen) cursor() (column, row int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.term.Cursor()
	return c.X, c.Y
}

// written returns everything sent to the terminal.
func (s *screen) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

func (s *screen) keys(text string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until text is on the screen.
func (s *screen) shows(text string) {
	s.t.Helper()
	s.until("the screen shows "+text, func() bool { return strings.Contains(s.text(), text) })
}

// matches waits until the screen's last line that is not empty matches.
func (s *screen) matches(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	s.until("the last line matches "+pattern, func() bool {
		all := s.text()
		return re.MatchString(all[strings.LastIndexByte(all, '\n')+1:])
	})
}

func (s *screen) until(what string, done func() bool) {
	s.t.Helper()
	testkit.Eventually(s.t, what, done)
}

// run types a line and waits for the answer with the next prompt below it.
func (s *screen) run(line, answer string) {
	s.t.Helper()
	s.keys(line + "\r")
	s.until(line+" is answered "+answer, func() bool { return strings.HasSuffix(s.text(), "> "+line+"\n"+answer+"\ncachegopher>") })
}

// completes types a line and Tab until the line is completed: a busy machine may not list the keys in the time that
// completing takes at most.
func (s *screen) completes(line, whole string) {
	s.t.Helper()
	re := regexp.MustCompile("^cachegopher> " + whole)
	s.until(line+" is completed", func() bool {
		s.keys(ctrlU + line + "\t")
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			all := s.text()
			if re.MatchString(all[strings.LastIndexByte(all, '\n')+1:]) {
				return true
			}
		}
		return false
	})
}

// done waits for the end and compares the status.
func (s *screen) done(status int) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatal("the prompt has not ended")
	}
	if got := s.command.ProcessState.ExitCode(); got != status {
		s.t.Errorf("status %d", got)
	}
}

const (
	ctrlC, ctrlD, ctrlU = "\x03", "\x04", "\x15"
	up, right           = "\x1b[A", "\x1b[C"
)

// TestPrompt types commands: answers, hints, completion, quoting over lines, binary data escaped.
func TestPrompt(t *testing.T) {
	p, _ := groups(t)
	s := p.open()
	s.shows("2 groups, 3 nodes, from ")
	s.matches("^cachegopher>$")
	s.run("SET greeting 'hello, wide world'", "OK")
	s.run("GET greeting", "hello, wide world")
	s.run("GET nokey", "(not found)")
	s.run(`SET bin $'\x00\n'`, "OK")
	s.run("GET bin", `$'\x00\n'`)
	s.run("MGET greeting nokey bin", "1) hello, wide world\n2) (not found)\n3) $'\\x00\\n'")
	s.run("BOGUS", "unknown command BOGUS; HELP lists all")

	s.keys("set k ")
	s.matches(`^cachegopher> set k value \[NX \| XX \| IFEQ comparison-value\] \[GET\]`)
	s.keys(right + "v") // the hint is no text to take over
	s.matches(`^cachegopher> set k v \[NX \|`)
	s.keys(" ex ")
	s.matches(`^cachegopher> set k v ex seconds \[NX \|`)
	s.keys("77\r")
	s.shows("\ncachegopher> set k v ex 77\nOK\n")
	s.keys("TTL k\r")
	s.until("the time to live is shown", func() bool { return regexp.MustCompile(`> TTL k\n7[0-7]\ncachegopher>$`).MatchString(s.text()) })

	s.keys("gre\t")
	s.completes("GET gre", "GET greeting") // a key
	s.keys("\r")
	s.shows("GET greeting\nhello, wide world\ncachegopher>")
	s.keys("STA\t")
	s.shows("STATUS  -- Shows every node")
	s.keys(ctrlC) // ends the menu
	s.until("the menu is gone", func() bool { return !strings.Contains(s.text(), "-- Shows every node") })
	s.keys(ctrlU + "SET lines 'one\rtwo'\r")
	s.shows("two'\nOK\n")
	s.run("GET lines", "one\ntwo")
	s.keys("SET typed -\r")
	s.until("the command reads the keyboard", func() bool {
		_, row := s.cursor()
		return strings.Count(s.text(), "\n") < row
	})
	time.Sleep(100 * time.Millisecond) // the terminal goes from raw to lines
	s.keys("from the keyboard\n" + ctrlD)
	s.shows("OK\ncachegopher>")
	s.run("GETRANGE typed 0 16", "from the keyboard")

	s.keys("WATCH 0.1\r")
	s.shows("every 100ms\nnode  group")
	s.keys(ctrlC)
	s.matches("^cachegopher>$")
	s.keys("exit\r")
	s.done(0)
}

// TestHistory: lines return at the next prompt, and the file has no secrets.
func TestHistory(t *testing.T) {
	p, _ := groups(t)
	file := filepath.Join(p.folder, "state", "cachegopher", "history")
	s := p.open()
	s.matches("^cachegopher>$")
	s.run("SET a 1", "OK")
	for _, line := range []string{
		"AUTH hunter2-a", "auth default hunter2-b", "ATUH hunter2-c", "HELLO 3 AUTH default hunter2-d",
		"CONFIG SET requirepass hunter2-e", "SET url https://me:hunter2-f@example.com/", "AUTH 'hunter2-g",
	} {
		s.keys(line + "\r")
		if strings.HasSuffix(line, "'hunter2-g") {
			s.keys("x'\r")
		}
		s.shows(strings.Fields(line)[len(strings.Fields(line))-1])
		s.matches("^cachegopher>$")
	}
	s.run("GET a", "1")
	s.keys(up + up)
	s.matches("^cachegopher> SET a 1")
	s.keys(ctrlC)
	s.matches("^cachegopher>$")
	s.keys(ctrlD)
	s.done(0)
	data, err := os.ReadFile(file)
	if err != nil || string(data) != "SET a 1\nGET a\n" {
		t.Errorf("the history has %q, %v", data, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s = p.open()
	s.matches("^cachegopher>$")
	s.keys(up)
	s.matches("^cachegopher> GET a")
	s.keys(up)
	s.matches("^cachegopher> SET a 1")
	s.keys(ctrlC)
	s.matches("^cachegopher>$")
	s.keys(ctrlD)
	s.done(0)
}

// TestPromptNodeDown opens a prompt without a running node: each command says so, and works
// once the node runs.
func TestPromptNodeDown(t *testing.T) {
	p, nodes := groups(t)
	for _, n := range nodes {
		n.Kill()
	}
	s := p.open()
	s.matches("^cachegopher>$")
	s.keys("GET a\r")
	s.shows("unreachable")
	s.matches("^cachegopher>$")
	s.keys("STATUS\r")
	s.shows("no node answers")
	for _, n := range nodes {
		n.Restart()
	}
	testkit.Eventually(t, "node that is back", func() bool {
		s.keys("PING\r")
		time.Sleep(50 * time.Millisecond)
		return strings.Contains(s.text(), "a1 PONG\na2 PONG\nb1 PONG")
	})
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// colours returns the colour sequences in the terminal's output.
func colours(text string) []string {
	var all []string
	for _, s := range sgr.FindAllString(text, -1) {
		switch s {
		case "\x1b[0m", "\x1b[m", "\x1b[39m", "\x1b[49m": // these end colours
		default:
			all = append(all, s)
		}
	}
	return all
}

// TestColour: output is coloured on a terminal only, and not with NO_COLOR.
func TestColour(t *testing.T) {
	p, nodes := groups(t)
	nodes[1].Kill()
	s := p.open()
	s.matches("^cachegopher>$")
	s.keys("STATUS\r")
	s.shows("a2")
	s.matches("^cachegopher>$")
	if all := colours(s.written()); len(all) < 5 {
		t.Errorf("%q", all)
	}
	s = p.open("NO_COLOR=1")
	s.matches("^cachegopher>$")
	s.keys("STATUS\r")
	s.shows("a2")
	s.matches("^cachegopher>$")
	s.keys("SET a ")
	s.shows("value [NX") // below the line
	s.keys("b\r")
	s.shows("OK")
	if all := colours(s.written()); len(all) > 0 {
		t.Errorf("with NO_COLOR: %q", all)
	}
	if got := p.input("", "STATUS"); len(colours(got.out+got.errs)) > 0 {
		t.Errorf("%+v", got)
	}
}
