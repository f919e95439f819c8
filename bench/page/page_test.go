package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// sample is a report with every element that a page can show.
func sample(t *testing.T) *result.Report {
	t.Helper()
	r := &result.Report{Schema: 1, Title: "A <sample> & its figures", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"cachegopher-bench", "suite"},
		Machine: result.Machine{System: "linux/amd64", CPU: "a processor", Cores: 2, Memory: 8 << 30, Kernel: "6.1", Go: "go1.26", Commit: "abc"}}
	rng := rand.New(rand.NewPCG(1, 2))
	for i, size := range []float64{16, 1024, 65520} {
		run := &result.Run{Name: "value " + result.FormatBytes(size), Section: "Value sizes", X: size, XName: "bytes of a value", XUnit: "B", Workload: workload.Default, Load: result.Load{Conns: 16, Depth: 1}}
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
	r.Runs[0].Targets[0].Rounds[0].Short, r.Runs[0].Targets[0].Rounds[0].Verdict = result.ShortGenerator, "it had no time left"
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

// browsersOwn are the requests that Chromium makes on its own, for any page.
var browsersOwn = regexp.MustCompile(`^\S+ (http://)?[a-z0-9.-]*(google|googleapis|gvt1|gstatic)\.com[:/]`)

// browse opens a page in Chromium; a proxy receives the page's network requests.
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
	var mu sync.Mutex
	proxy := testkit.Serve(t, func(c net.Conn) {
		b := make([]byte, 200)
		n, _ := c.Read(b)
		// Chromium sometimes opens a second connection for one request, and closes it without a word.
		if line, _, _ := strings.Cut(string(b[:n]), "\r\n"); n > 0 && !browsersOwn.MatchString(line) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, line)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 240*time.Second)
	defer cancel()
	args := append([]string{"--headless=old", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-features=OptimizationHints,MediaRouter",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--proxy-server=http://" + proxy.Address, "--window-size=1400,2400",
		"--virtual-time-budget=4000"}, flags...)
	cmd := exec.CommandContext(ctx, binary, append(args, "file://"+file)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", binary, err, errs.String())
	}
	proxy.Close()
	return errs.String() + "\x00" + out.String(), asked
}

// probe draws and counts all pictures, prepares them for paper and measures them, and then does what a page must not:
// it causes an error and makes a request. Seeing these two proves that the page's own would be seen.
const probe = `<script>setTimeout(() => {
	render(true);
	// Heat maps of a run share their scales, and pictures that compare say which way is better.
	const run = view.Runs[0].Series, scale = heatScale(run), maps = charts.filter(c => c.getOption().visualMap.length).slice(0, run.length);
	if (maps.length !== 3 || maps.some(c => c.getOption().visualMap[0].max !== scale.most || c.getOption().yAxis[0].data.length !== scale.high - scale.low + 1)) throw new Error('heat maps differ');
	const titles = charts.map(c => c.getOption().title[0].text).join('|');
	for (const want of ['Throughput (more is better)', 'P99 (less is better)', 'less is better)']) if (!titles.includes(want)) throw new Error(titles);
	document.title = 'charts: ' + document.querySelectorAll('.chart svg').length;
	dispatchEvent(new Event('beforeprint'));
	const rights = [...document.querySelectorAll('.chart svg')].map(s => s.getBoundingClientRect().right);
	const wide = Math.max(...rights) - document.body.getBoundingClientRect().left;
	document.title += wide > 900 && wide <= 1032 ? ', they fit a sheet' : ', on paper they end at ' + wide;
	dispatchEvent(new Event('afterprint'));
	document.title += document.body.className;
	console.log('the probe begins');
	document.body.insertAdjacentHTML('beforeend', '<img src="http://example.test/x.png">');
	nothing.here();
}, 500)</script>`

func TestPageInABrowser(t *testing.T) {
	dir := t.TempDir()
	if keep := os.Getenv("PAGE_DIR"); keep != "" { // to inspect the pictures
		dir = keep
	}
	b, err := Render(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	page, probed := filepath.Join(dir, "page.html"), filepath.Join(dir, "probed.html")
	if err := errors.Join(os.WriteFile(page, b, 0o600), os.WriteFile(probed, append(b, probe...), 0o600)); err != nil {
		t.Fatal(err)
	}
	said, asked := browse(t, probed, "--dump-dom")
	own, probes, ok := strings.Cut(said, "the probe begins")
	if !ok || strings.Count(own, "CONSOLE") != 1 { // the probe's own line
		t.Errorf("the console is not empty: %s", own)
	}
	if !strings.Contains(probes, "CONSOLE") {
		t.Errorf("the probe's error was not seen: %s", probes)
	}
	others := slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return strings.Contains(s, "example.test") })
	if len(others) == len(asked) || len(others) > 0 {
		t.Errorf("the network was asked %q, and for the probe %d times", others, len(asked)-len(others))
	}
	// The section has six pictures, each of its three runs three and a heat map for each of three targets.
	// A sheet of A4 is 273 mm wide between its margins, 1032 pixels.
	_, title, _ := strings.Cut(said, "<title>")
	title, _, _ = strings.Cut(title, "<")
	if want := "charts: 24, they fit a sheet"; title != want {
		t.Errorf("the page's title is %q, want %q", title, want)
	}
	if keep := os.Getenv("PAGE_DIR"); keep != "" {
		for _, mode := range []string{"light", "dark"} {
			flags := []string{"--screenshot=" + filepath.Join(dir, mode+".png"), "--window-size=1400,3000"}
			if mode == "dark" {
				flags = append(flags, "--blink-settings=preferredColorScheme=0")
			}
			browse(t, page, flags...)
		}
	}
}

// TestTitleOnce: no heading repeats the title, and a page has its report's warning.
func TestTitleOnce(t *testing.T) {
	r := sample(t)
	r.Runs, r.Title, r.Notes = r.Runs[:1], r.Runs[0].Name, []string{"THE MACHINE WAS LOADED"}
	b, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	own := bytes.ReplaceAll(b, []byte(echarts), nil)
	if bytes.Contains(own, []byte("<h3>")) || !bytes.Contains(own, []byte("<h1>value 16 B</h1>")) {
		t.Error("a page of one run says its name twice, or not at all")
	}
	if !bytes.Contains(own, []byte(`<p class="bad">THE MACHINE WAS LOADED</p>`)) {
		t.Error("the warning is missing")
	}
}
