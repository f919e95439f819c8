package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// sample is a report with everything that a page can show.
func sample(t *testing.T) *result.Report {
	t.Helper()
	r := &result.Report{Schema: 1, Title: "A <sample> & its figures", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"cachegopher-bench", "suite"},
		Machine: result.Machine{System: "linux/amd64", CPU: "a processor", Cores: 2, Memory: 8 << 30, Kernel: "6.1", Go: "go1.26", Commit: "abc"}}
	rng := rand.New(rand.NewPCG(1, 2))
	for i, size := range []float64{16, 1024, 65520} {
		run := &result.Run{Name: "value " + result.FormatBytes(size), Section: "Value sizes", X: size, Workload: workload.Default, Load: result.Load{Conns: 16, Depth: 1}}
		if i == 0 {
			run.Workload.Source = "nowhere"
		}
		for k, u := range []string{"spawn:cachegopher", "spawn:redis-server", "spawn:memcached"} {
			target := &result.Target{URL: u}
			for range 2 {
				target.Rounds = append(target.Rounds, round(t, rng, 40_000*float64(k+1)*(1+size/20000), size))
			}
			run.Targets = append(run.Targets, target)
		}
		run.Targets = append(run.Targets, &result.Target{URL: "spawn:pogocache", Missing: "not installed"})
		r.Runs = append(r.Runs, run)
	}
	r.Runs[0].Targets[0].Rounds[0].Generator.Verdict = "it had no time left"
	return r
}

func round(t *testing.T, rng *rand.Rand, median, size float64) *result.Round {
	t.Helper()
	all := result.NewHistogram()
	out := &result.Round{Seconds: 5, ServerCPU: 2, Resident: int64(100e6 * median / 40000), Hits: 9, Misses: 1}
	for i := range 50 {
		p := result.NewPacked()
		for range 400 {
			v := int64(math.Exp(rng.NormFloat64()*0.5) * median)
			if i == 20 {
				v *= 50
			}
			if err := p.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		s := result.Slice{At: float64(i) / 10, Seconds: 0.1, Requests: int64(400e3/median*10) + rng.Int64N(50)}
		s.Fill(p)
		out.Slices = append(out.Slices, s)
		out.Requests += s.Requests
		p.MergeInto(all)
	}
	out.In = int64(size) * out.Requests
	out.Latency = result.Summarize(all)
	var err error
	if out.Histogram, err = all.Encode(hdr.V2CompressedEncodingCookieBase); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheLibraryIsThePackagesOwn(t *testing.T) {
	sum := sha256.Sum256([]byte(echarts))
	if got := hex.EncodeToString(sum[:]); got != "bf4a223524e40b77c304bec67e1222cf551f14880cf42c69dc046558e11c07b1" {
		t.Errorf("echarts.min.js is not that of echarts 5.6.0: SHA-256 %s", got)
	}
}

func TestPageNamesNothingOutside(t *testing.T) {
	b, err := Render(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	own := bytes.ReplaceAll(b, []byte(echarts), nil)
	if m := regexp.MustCompile(`(?i)(src|href|url|import)\s*[=(]\s*["']?(https?:)?//`).Find(own); m != nil {
		t.Errorf("the page refers to something outside: %s", m)
	}
	for _, want := range []string{"A &lt;sample&gt; &amp; its figures", "spawn:pogocache is missing", "THE GENERATOR WAS THE BOTTLENECK", "Value sizes", "Source: nowhere"} {
		if !bytes.Contains(own, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// browsersOwn are the requests that Chromium makes by itself, whatever it shows.
var browsersOwn = regexp.MustCompile(`^\S+ (http://)?[a-z0-9.-]*(google|googleapis|gvt1|gstatic)\.com[:/]`)

// browse has a Chromium show a page; what the page asks the network for arrives at a proxy.
func browse(t *testing.T, file string, flags ...string) (stderr string, asked []string) {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if p, err := exec.LookPath(name); err == nil {
			binary = p
			break
		}
	}
	if binary == "" {
		t.Skip("SKIPPED: no Chromium is installed (Debian: apt-get install chromium)")
	}
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	var mu sync.Mutex
	go func() {
		for {
			c, err := proxy.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 200)
			n, _ := c.Read(b)
			line, _, _ := strings.Cut(string(b[:n]), "\r\n")
			if !browsersOwn.MatchString(line) {
				mu.Lock()
				asked = append(asked, line)
				mu.Unlock()
			}
			c.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 240*time.Second)
	defer cancel()
	args := append([]string{"--headless=old", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-features=OptimizationHints,MediaRouter",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--proxy-server=http://" + proxy.Addr().String(), "--window-size=1400,2400",
		"--virtual-time-budget=4000"}, flags...)
	cmd := exec.CommandContext(ctx, binary, append(args, "file://"+file)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", binary, err, errs.String())
	}
	mu.Lock()
	defer mu.Unlock()
	return errs.String() + "\x00" + out.String(), asked
}

func TestPageInABrowser(t *testing.T) {
	dir := t.TempDir()
	if keep := os.Getenv("PAGE_DIR"); keep != "" { // to look at the pictures
		dir = keep
	}
	file := filepath.Join(dir, "page.html")
	if err := Save(sample(t), file); err != nil {
		t.Fatal(err)
	}
	shot := filepath.Join(dir, "light.png")
	said, asked := browse(t, file, "--screenshot="+shot)
	if strings.Contains(said, "CONSOLE") {
		t.Errorf("the console is not empty: %s", said)
	}
	if len(asked) > 0 {
		t.Errorf("the page asks the network: %q", asked)
	}
	if info, err := os.Stat(shot); err != nil || info.Size() < 50_000 {
		t.Errorf("the picture is missing or empty: %v", err)
	}
	if keep := os.Getenv("PAGE_DIR"); keep != "" {
		browse(t, file, "--screenshot="+filepath.Join(dir, "dark.png"), "--blink-settings=preferredColorScheme=0")
	}
}

// The test above can fail: a page with a fault, and one that asks the network, are found.
func TestBrowserSeesFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(file, []byte(`<img src="http://example.test/x.png"><script>nothing.here()</script>`), 0o600); err != nil {
		t.Fatal(err)
	}
	said, asked := browse(t, file, "--dump-dom")
	if !strings.Contains(said, "CONSOLE") || len(asked) == 0 {
		t.Errorf("console %q, network %q", said, asked)
	}
}
