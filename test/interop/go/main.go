// Command interop runs one flow as an app in Go would, for go-oidc.test.ts.
//
// Its argument names the flow. JSON lines: the first one in has the app's settings; {"open": url} out asks for a person
// with a browser, and the next line in says where that browser ended up; {"result": ...} is the last line out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
)

const longest = 20 * time.Second

// settings of the app, as they come in.
type settings struct {
	Issuer                string            `json:"issuer"`
	ClientID              string            `json:"client_id"`
	ClientSecret          string            `json:"client_secret"`
	Scope                 string            `json:"scope"`
	RedirectURI           string            `json:"redirect_uri"`
	PostLogoutRedirectURI string            `json:"post_logout_redirect_uri"`
	Authorization         map[string]string `json:"authorization"`
	Resource              string            `json:"resource"`
	LogoutToken           string            `json:"logout_token"`
}

// person opens an address in a browser and says where that ends.
type person struct {
	say  *json.Encoder
	hear *json.Decoder
}

func (p person) visit(url string) (string, error) {
	if err := p.say.Encode(map[string]string{"open": url}); err != nil {
		return "", err
	}
	var answer struct {
		URL string `json:"url"`
	}
	err := p.hear.Decode(&answer)
	return answer.URL, err
}

// refusal is an error of OAuth that came back through the browser.
type refusal string

func (r refusal) Error() string { return string(r) }

func main() {
	if err := run(os.Args[1], person{json.NewEncoder(os.Stdout), json.NewDecoder(os.Stdin)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string, p person) error {
	flow, ok := flows[name]
	if !ok {
		return fmt.Errorf("there is no flow %q", name)
	}
	var given settings
	if err := p.hear.Decode(&given); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Timeout: longest})
	a, err := newApp(ctx, given)
	if err != nil {
		return err
	}
	result, err := flow(ctx, a, p)
	var refused refusal
	if errors.As(err, &refused) {
		result = map[string]any{"error": string(refused)}
	} else if err != nil {
		return err
	}
	return p.say.Encode(map[string]any{"result": result})
}
