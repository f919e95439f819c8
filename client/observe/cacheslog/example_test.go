package cacheslog_test

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheslog"
)

func Example() {
	words := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "msg" || a.Key == "op" || a.Key == "outcome" {
				return a
			}
			return slog.Attr{} // the others differ from run to run
		},
	}))
	c, err := client.New(client.WithServers("127.0.0.1:1"), client.WithHooks(cacheslog.New(words, cacheslog.Options{})))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()                               //nolint:errcheck // always nil
	_, _ = c.Get(context.Background(), "user:42") // nobody listens there
	// Output: msg="cache operation failed" op=Get outcome=unavailable
}
