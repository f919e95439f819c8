package session_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
)

// generator makes random commands.
type generator struct {
	r     *rand.Rand
	of    map[string]func(*generator) []string // the arguments of each command
	keys  []string
	start int64 // base of absolute times, in seconds since the Unix epoch
	times int64 // expiries made so far
	brief bool  // the batch has stored keys that expire after briefTime
	gone  []string
	names []string // of commands, repeated by their weights
}

// briefTime is the expiry of keys that expire during the test.
const briefTime = 15 * time.Millisecond

func newGenerator(seed uint64) *generator {
	g := &generator{of: generators, r: rand.New(rand.NewPCG(seed, 1)), start: time.Now().Unix()}
	for i := range 30 {
		g.keys = append(g.keys, "k"+strconv.Itoa(i))
	}
	g.keys = append(g.keys, "\x00", "\xff\xfe", "a b", "line\r\nend", "$3\r\nGET", "k*", "k[1]", `back\slash`, "ключ",
		strings.Repeat("long", 100), strings.Repeat("Z", 5000))
	for _, s := range command.Specs() {
		if generators[s.Name] == nil {
			continue
		}
		times := 2
		switch {
		case s.Group == "server" || s.Group == "connection":
			times = 1
		case slices.Contains([]string{"GET", "SET", "INCR", "EXPIRE", "GETEX", "TTL", "MSET", "DEL"}, s.Name):
			times = 6
		}
		for range times {
			g.names = append(g.names, s.Name)
		}
	}
	return g
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) pick(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) key() string { return g.keys[g.r.IntN(len(g.keys))] }

// batch makes the commands of one pipeline.
func (g *generator) batch() []step {
	var steps []step
	for _, k := range g.gone { // expired by now: redis-server removes them when they are read
		steps = append(steps, step{args: []string{"EXISTS", k}})
	}
	g.gone, g.brief = nil, false
	for range 1 + g.r.IntN(800) {
		s := g.step()
		// In redis-server these commands see expired keys until another command has read them.
		if len(s.args) > 2 && strings.EqualFold(s.args[0], "MEMORY") {
			steps = append(steps, step{args: []string{"EXISTS", s.args[2]}})
		} else if strings.EqualFold(s.args[0], "DBSIZE") {
			steps = append(steps, step{args: []string{"SCAN", "0", "COUNT", "5000"}})
		}
		steps = append(steps, s)
		if g.chance(1) {
			steps = append(steps, g.silence()...)
		}
		if g.chance(1) {
			steps = append(steps, g.transaction()...)
		}
	}
	if g.chance(20) {
		g.brief = true
		for range 5 {
			k := g.key()
			if slices.Contains(g.gone, k) {
				continue // it may expire before the batch ends
			}
			g.gone = append(g.gone, k)
			at := strconv.FormatInt(briefTime.Milliseconds(), 10)
			steps = append(steps, step{args: [][]string{
				{"SET", k, "brief", "PX", at}, {"PSETEX", k, at, "brief"}, {"PEXPIRE", k, at}, {"GETEX", k, "PX", at},
			}[g.r.IntN(4)]})
		}
	}
	if g.chance(2) {
		steps = append(steps, step{args: []string{"QUIT"}})
	}
	return steps
}

// step makes one command.
func (g *generator) step() step {
	for {
		name := g.names[g.r.IntN(len(g.names))]
		if g.chance(1) {
			name = g.pick("NOSUCH", "GETT", "Lpush2", "\x00", "a\r\nb", strings.Repeat("x", 200), "")
		}
		args := []string{name}
		if make := g.of[name]; make != nil {
			args = append(args, make(g)...)
		} else {
			args = append(args, g.some(4, g.value)...)
		}
		if g.chance(6) && name != "DEBUG" {
			args = g.spoil(args)
		}
		if g.harmless(args) {
			args[0] = g.anyCase(args[0])
			return step{args: args, inline: g.chance(3) && len(strings.Join(args, "")) < 1000}
		}
	}
}

// silence makes commands without replies.
func (g *generator) silence() []step {
	quiet := func() step {
		return step{args: []string{g.pick("INCR", "GET", "DEL", "NOSUCH", "TTL"), g.key()}, silent: true}
	}
	if g.chance(50) {
		return []step{{args: []string{"CLIENT", "REPLY", "SKIP"}, silent: true}, quiet()}
	}
	steps := []step{{args: []string{"client", "reply", "off"}, silent: true}}
	for range g.r.IntN(5) {
		steps = append(steps, quiet())
	}
	return append(steps, step{args: []string{"CLIENT", "REPLY", "ON"}})
}

// spoil drops, adds or replaces an argument.
func (g *generator) spoil(args []string) []string {
	switch i := g.r.IntN(len(args)); {
	case i == 0:
		return append(args, g.junk())
	case g.chance(40):
		return slices.Delete(args, i, len(args))
	case g.chance(30):
		return slices.Insert(args, i, g.junk())
	default:
		args[i] = g.junk()
		return args
	}
}

// junk is an argument that is rarely valid. It is never a small positive number,
// which as an expiry would end during the test.
func (g *generator) junk() string {
	return g.pick("", "abc", "-1", "0", "99999999999999999999", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "1.5", " 1", "1 ", "+1", "01", "-0", "0x10", "\x00", "nan", "inf", "1e400", "GET", "EX", "NX", "xx",
		"keepttl", "COUNT", "MATCH", "TYPE", "string", "x y", "a\r\nb", "'", "*", "[")
}

// harmless returns false for commands after which the two servers would differ
// permanently, and for those that cannot be compared.
func (g *generator) harmless(args []string) bool {
	name := strings.ToUpper(args[0])
	switch name {
	case "SCAN": // a walk must end in one step
		return len(args) < 2 || len(args) > 3 && args[2] == "COUNT" && args[3] == "5000" &&
			(strings.Trim(args[1], "+-0") == "" || strings.Trim(args[1], "+-0123456789") != "" || len(args[1]) > 19)
	case "CLIENT": // the number of clients to kill depends on timing
		return len(args) < 3 || !strings.EqualFold(args[1], "KILL") || len(args) == 3 ||
			slices.ContainsFunc(args[2:], func(a string) bool { return a == "ID" || a == "ADDR" || a == "TYPE" })
	case "CONFIG": // the node has fewer settings, and refuses too little memory or no limit
		if slices.Contains(args, "*") {
			return false
		}
		i := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "maxmemory") })
		return i < 0 || i+1 == len(args) || slices.Contains(sizes, args[i+1])
	case "HELLO": // redis-server 7.0 sets the name even if a later option is wrong
		i := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "SETNAME") })
		return i < 0 || i >= len(args)-2
	}
	for _, s := range command.Specs() {
		if s.Name != name || s.First == 0 || !strings.Contains(s.Flags, "write") {
			continue
		}
		last := s.Last
		if last < 0 {
			last = len(args) - 1
		}
		for i := s.First; i <= last && i < len(args); i += s.Step {
			if args[i] == "" {
				return false // the node refuses empty keys
			}
		}
	}
	return true
}

// anyCase sometimes changes the letter case of a word.
func (g *generator) anyCase(word string) string {
	switch g.r.IntN(8) {
	case 0:
		return strings.ToLower(word)
	case 1:
		b := []byte(word)
		for i := range b {
			if c := b[i] | 0x20; c >= 'a' && c <= 'z' && g.chance(50) {
				b[i] ^= 0x20
			}
		}
		return string(b)
	}
	return word
}

// some makes one to most arguments.
func (g *generator) some(most int, one func() string) (all []string) {
	for range 1 + g.r.IntN(most) {
		all = append(all, one())
	}
	return all
}

func (g *generator) value() string {
	switch g.r.IntN(12) {
	case 0, 1, 2:
		return strconv.Itoa(g.r.IntN(2000) - 1000)
	case 3:
		return g.integer()
	case 4:
		return g.float()
	case 5:
		return ""
	case 6:
		b := make([]byte, g.r.IntN(100))
		for i := range b {
			b[i] = byte(g.r.Uint32())
		}
		return string(b)
	case 7:
		return strings.Repeat("v", g.r.IntN(3000))
	case 8:
		return strings.Repeat("W", 43+g.r.IntN(3))
	}
	return "value" + strconv.Itoa(g.r.IntN(100))
}

func (g *generator) integer() string {
	if g.chance(60) {
		return strconv.Itoa(g.r.IntN(200) - 100)
	}
	return g.pick("9223372036854775807", "-9223372036854775808", "9223372036854775806", "9223372036854775808",
		"-9223372036854775809", "4611686018427387904", "18446744073709551616", "1", "-1", "0", "-0", "+1", "007", "1e3", "", " 1", "1.0", "abc")
}

func (g *generator) float() string {
	if g.chance(50) {
		return strconv.FormatFloat(g.r.NormFloat64()*100, 'f', g.r.IntN(6), 64)
	}
	return g.pick("3.0e3", "-1.5e-5", "1e17", "123456789012345678", "0.1", "0.2", "1e-17", "1e300", "inf", "-inf", "nan", "1_0", "0x1p3", "5", "-5",
		".5", "5.", "+2", " 1", "1 ", "1e", "--1", "", "1e4000", "1e4932", "-1e4932", "1.18973149535723176502e4932", "1e-4000", "1e5000", "0x", "Infinity", "1.0.0", "\x00")
}

// period is the time between any two generated expiries, in seconds: longer than
// any difference between the two clocks.
const period = 600

// relative makes a time from now in units of a number of milliseconds.
func (g *generator) relative(unit int64) string {
	switch g.r.IntN(20) {
	case 0:
		return g.pick("0", "-1", "-1000", "-9223372036854775808", "-9223372036854775")
	case 1:
		return g.pick("9223372036854775807", "9223372036854775", "9223372036854774", "9223372036854770000", "9223372036854775808")
	case 2:
		return g.pick("abc", "", "1.5", "01", "+5", " 5")
	}
	g.times++
	n := 7200 + period*g.times
	if unit == 1 {
		n = n*1000 + g.r.Int64N(1000)
	}
	return strconv.FormatInt(n, 10)
}

// absolute makes a time after start; all times that it makes are multiples of period apart.
func (g *generator) absolute(unit int64) string {
	switch g.r.IntN(20) {
	case 0:
		return g.pick("0", "1", "-1", "1000000000")
	case 1:
		return g.pick("9223372036854775807", "9223372036854775", "9223372036854776", "9223372036854775808", "-9223372036854775808")
	case 2:
		return g.pick("abc", "", "1.5")
	}
	g.times++
	n := g.start + 7200 + period*g.times + period/2
	if unit == 1 {
		n = n*1000 + g.r.Int64N(1000)
	}
	return strconv.FormatInt(n, 10)
}

func absolute(sinceStart int64) bool {
	part := sinceStart % period
	return part >= period/2-5 && part <= period/2+5 && sinceStart < 1<<40
}

// appendInline encodes a command as a line.
func appendInline(dst []byte, args []string) []byte {
	for i, a := range args {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, '"')
		for _, c := range []byte(a) {
			dst = fmt.Appendf(dst, `\x%02x`, c)
		}
		dst = append(dst, '"')
	}
	return append(dst, '\r', '\n')
}
