package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/admin"
)

// adminGroup starts a group of two whose primary has an admin listener, with more in its config.
func adminGroup(t *testing.T, more string) (url string, primary, secondary *daemon) {
	t.Helper()
	g := directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB"}})
	g.Nodes[0].Admin = freeAddress(t)
	g.lead(0)
	g.edit(func(config string) string {
		return strings.Replace(config, `"role": "primary"`, `"role": "primary"`+more, 1)
	})
	g.startAll()
	return "http://" + g.Nodes[0].Admin, g.nodes[0], g.nodes[1]
}

// get asks for a path of the admin listener.
func get(t *testing.T, url, accept string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// getAs sends a request with this Host header.
func getAs(t *testing.T, url, host string) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close() //nolint:errcheck // not needed
	return resp.StatusCode
}

func statusOf(t *testing.T, url string) (s admin.Status) {
	t.Helper()
	code, body := get(t, url+"/status", "application/json")
	if err := json.Unmarshal([]byte(body), &s); err != nil || code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", code, err, body)
	}
	return s
}

// TestAdmin checks every page of the admin listener against what was done to the node.
func TestAdmin(t *testing.T) {
	t.Parallel()
	url, primary, secondary := adminGroup(t, `, "admin_names": ["operators.example"]`)
	c := primary.dial()
	c.want("SET secretkey v", "OK")
	for range 500 {
		c.want("GET secretkey", "v")
	}
	c.want("GET none", "ERROR: Key not found")
	for _, path := range []string{"/healthz", "/readyz", "/primary"} {
		if code, body := get(t, url+path, "*/*"); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	_, metrics := get(t, url+"/metrics", "*/*")
	for _, line := range []string{
		`cachegopher_commands_total{command="get",result="ok"} 501`, `cachegopher_hits_total 500`,
		`cachegopher_misses_total 1`, `cachegopher_entries 1`, `cachegopher_max_memory_bytes 6.4e+07`,
		`cachegopher_memory_bytes{kind="keys_and_values"} 10`,
	} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	primary.eventually("metrics of replication", func() bool {
		_, metrics := get(t, url+"/metrics", "*/*")
		return strings.Contains(metrics, `cachegopher_replication_link_up{secondary="n1"} 1`) &&
			strings.Contains(metrics, `cachegopher_replication_lag_bytes{secondary="n1"} 0`)
	})
	if !regexp.MustCompile(`cachegopher_command_duration_seconds_count\{command="get"\} [1-9]`).MatchString(metrics) {
		t.Error("/metrics has no sample of how long GET takes")
	}
	s := statusOf(t, url)
	if len(s.Members) != 2 || s.Members[0].Error != "" || s.Members[0].Keys != 1 || s.Members[0].Hits != 500 || s.Members[1].ID != "n1" || s.Members[1].Error != "" {
		t.Errorf("members %+v", s.Members)
	}
	if len(s.HotKeys) > 0 || strings.Contains(fmt.Sprint(s), "secretkey") {
		t.Error("a key is shown without leave")
	}
	if code, _ := get(t, url+"/debug/pprof/", "*/*"); code != http.StatusNotFound {
		t.Errorf("profiling is not asked for and answers %d", code)
	}
	for host, want := range map[string]int{"127.0.0.1:1": 200, "localhost": 200, "[::1]:9100": 200, "operators.example": 200, "Operators.example:80": 200, "evil.example": 421} {
		for _, path := range []string{"/status", "/metrics", "/healthz", "/debug/pprof/"} {
			if path == "/debug/pprof/" && want == 200 {
				continue // not asked for
			}
			if code := getAs(t, url+path, host); code != want {
				t.Errorf("%s asked as %s: %d, want %d", path, host, code, want)
			}
		}
	}
	secondary.signal(syscall.SIGKILL)
	secondary.ended(patience)
	secondary.eventually("secondary that is down", func() bool { return statusOf(t, url).Members[1].Error != "" })
}

// TestAdminAllowed switches on what is off by default.
func TestAdminAllowed(t *testing.T) {
	t.Parallel()
	url, primary, _ := adminGroup(t, `, "admin_show_keys": true, "admin_profiling": true`)
	c := primary.dial()
	for range 500 {
		c.want("GET hot", "ERROR: Key not found")
	}
	if s := statusOf(t, url); len(s.HotKeys) != 1 || s.HotKeys[0].Key != "hot" {
		t.Errorf("hot keys %+v", s.HotKeys)
	}
	if code, _ := get(t, url+"/debug/pprof/heap", "*/*"); code != http.StatusOK {
		t.Errorf("/debug/pprof/heap answers %d", code)
	}
}

// TestAdminAddressTaken: a node whose admin_address is in use ends before it serves.
func TestAdminAddressTaken(t *testing.T) {
	url, _, _ := adminGroup(t, "")
	taken := strings.TrimPrefix(url, "http://")
	d := startConfig(t, `{"servers": [{"id": "a", "address": "%A", "role": "primary", "admin_address": "`+taken+`"}]}`)
	if status := d.ended(patience); status != exitFailed || !strings.Contains(d.stderr.String(), "listen for operators") {
		t.Errorf("exit status %d: %s", status, d.stderr)
	}
}

// browse runs the status page in Chromium for some seconds and returns what it shows then.
func browse(t *testing.T, url string) string {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: chromium is not installed (Debian package chromium)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--enable-logging=stderr", "--virtual-time-budget=6000", "--dump-dom", url+"/status")
	cmd.WaitDelay = time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	dom, err := cmd.Output()
	// A helper process of the browser may hold the pipes a while longer than the browser, which wrote the page before it ended.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the page complains: %s", line)
		}
	}
	return string(dom)
}

// TestStatusPage checks the page in a browser: with all nodes up, then with a secondary killed.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	url, primary, secondary := adminGroup(t, "")
	primary.dial().want("SET k v", "OK")
	if got := primary.dial().speak("GET", "too", "many"); !strings.HasPrefix(got, "-ERR") {
		t.Errorf("GET of two keys is answered %s", got)
	}
	secondary.eventually("secondary in step", func() bool {
		m := statusOf(t, url).Members
		return len(m) == 2 && m[0].Error == "" && m[1].Link == "up"
	})
	const well = "All 2 servers are up"
	dom := browse(t, url)
	for range 4 { // on a busy machine a node may just be slow to answer
		if strings.Contains(dom, well) {
			break
		}
		dom = browse(t, url)
	}
	for _, want := range []string{well, "Group n0", "<b>n0</b>", "<b>n1</b>", "1× wrong arguments", "What other memory would bring is not known: too few reads", "No member predicts anything: n0 is still learning, n1 is still learning.", "2 min ago", ">now<", "/s</span>"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, wrong := range []string{"mean µs", `<path d="M100.00 31.00">`} {
		if strings.Contains(dom, wrong) {
			t.Errorf("the page shows %q", wrong)
		}
	}
	if strings.Contains(dom, ">changed primary at<") || !strings.Contains(dom, "led by n0<") {
		t.Error("the page shows a change of primary that never was, or not who leads")
	}
	if found := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindString(dom); found != "" {
		t.Errorf("the page asks elsewhere: %s", found)
	}
	secondary.signal(syscall.SIGKILL)
	secondary.ended(patience)
	dom = browse(t, url)
	for _, want := range []string{"1 thing is wrong", "secondary n1 is down", "n1 does not answer"} {
		if !strings.Contains(dom, want) {
			t.Errorf("a secondary is down and the page does not show %q", want)
		}
	}
}

// TestStatusPageChange hands the group over and checks that the page shows who leads, and since when.
func TestStatusPageChange(t *testing.T) {
	t.Parallel()
	url, primary, _ := adminGroup(t, "")
	primary.eventually("secondary in step", func() bool { return statusOf(t, url).Members[1].Link == "up" })
	testkit.HandedOver(t, func() string { return primary.dial().ask("PROMOTE n1") })
	epoch := epochs.Next(0, "n1")
	primary.eventually("change of primary on the status page", func() bool {
		s := statusOf(t, url)
		return len(s.Groups) == 1 && s.Groups[0].Leader == "n1" && s.Groups[0].Epoch == int64(epoch) && len(s.Groups[0].Changes) == 1 && s.Members[0].Link == "up"
	})
	dom := browse(t, url)
	for _, want := range []string{"All 2 servers are up", fmt.Sprint("led by n1, epoch ", epoch), ">changed primary at<", fmt.Sprintf("<dt>epoch</dt><dd>%d</dd>", epoch)} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

// TestMetricNames checks that every metric in dashboards and alerts exists.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	g := directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB"}})
	for _, n := range g.Nodes { // a primary and a secondary have some that the other has not
		n.Admin = freeAddress(t)
	}
	g.lead(0)
	g.startAll()
	g.nodes[0].dial().want("GET none", "ERROR: Key not found")
	for range 100 { // some of them are in the sample
		g.nodes[0].dial().want("PING", "PONG")
	}
	served := ""
	for _, n := range g.Nodes {
		_, own := get(t, "http://"+n.Admin+"/metrics", "*/*")
		served += own
	}
	names := regexp.MustCompile(`\b(?:cachegopher|process)_[a-z_]+`)
	for _, file := range []string{"prometheus/alerts.yaml", "grafana/cachegopher.json"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		found := names.FindAllString(string(data), -1)
		if len(found) < 5 {
			t.Errorf("%s names %d metrics", file, len(found))
		}
		for _, name := range found {
			if !strings.Contains(served, "\n"+name+"{") && !strings.Contains(served, "\n"+name+" ") {
				t.Errorf("%s names %s, which is not served", file, name)
			}
		}
	}
}
