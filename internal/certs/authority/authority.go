// Package authority issues certificates that are valid for an hour, for tests and for programs that test.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority signs certificates.
type Authority struct {
	CA   string // path of the authority's certificate
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority and writes its certificate to the file ca.
func New(ca string) (*Authority, error) {
	a := &Authority{CA: ca}
	template := valid(&x509.Certificate{Subject: pkix.Name{CommonName: "test authority"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make an authority's key: %w", err)
	}
	a.cert, err = a.sign(template, template, &a.key.PublicKey, ca)
	return a, err
}

// Issue issues a certificate called name for 127.0.0.1 and localhost, and writes it and its key to name.pem and name.key
// in folder. The functions in change may edit the certificate before it is signed.
func (a *Authority) Issue(folder, name string, change ...func(*x509.Certificate)) (cert, key string, err error) {
	cert, key = filepath.Join(folder, name+".pem"), filepath.Join(folder, name+".key")
	template := valid(&x509.Certificate{Subject: pkix.Name{CommonName: name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}})
	for _, f := range change {
		f(template)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("make the key of %s: %w", name, err)
	}
	if _, err := a.sign(template, a.cert, &private.PublicKey, cert); err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", fmt.Errorf("encode the key of %s: %w", name, err)
	}
	return cert, key, write(key, "PRIVATE KEY", der)
}

// valid makes template valid from now on.
func valid(template *x509.Certificate) *x509.Certificate {
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	return template
}

func (a *Authority) sign(template, parent *x509.Certificate, key *ecdsa.PublicKey, path string) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", path, err)
	}
	if err := write(path, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func write(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
