package manage

import (
	"time"

	"github.com/cachegopher/cachegopher/server/session"
)

// live returns the settings of the node's server.
func live(n *session.Node) session.Settings {
	if n.Settings == nil {
		return noServer{}
	}
	return n.Settings
}

// noServer are the constant settings of a node without a server.
type noServer struct{}

func (noServer) MaxConnections() int          { return 10000 }
func (noServer) IdleTimeout() time.Duration   { return 0 }
func (noServer) LogLevel() string             { return "info" }
func (noServer) KeepAlive() time.Duration     { return 0 }
func (noServer) ClientBuffers() int64         { return 0 }
func (noServer) SetMaxConnections(int)        {}
func (noServer) SetIdleTimeout(time.Duration) {}
func (noServer) SetLogLevel(string) error     { return nil }
func (noServer) SetKeepAlive(time.Duration)   {}
func (noServer) SetClientBuffers(int64)       {}
