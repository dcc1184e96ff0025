package dev.plimsoll.coordinator.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Requests that mean harm, and what they should be answered. */
final class HostileRequests {

    static final String VIEWER = "viewer-token-0123456789abcdef";
    static final String OPERATOR = "operator-token-0123456789abcdef";

    private static final String V = "Authorization: Bearer " + VIEWER + "\r\n";
    private static final String O = "Authorization: Bearer " + OPERATOR + "\r\n";
    private static final String EVIL = "Origin: http://evil.example\r\n";
    private static final String PAUSE = "/api/control/pause";
    private static final String SOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    /**
     * One of them.
     *
     * @param status of HTTP, or "closed"
     * @param word that the answer has
     */
    record Row(String what, String bytes, String status, String word) {}

    private final List<Row> rows = new ArrayList<>();

    private HostileRequests() {}

    static List<Row> all(int port) {
        HostileRequests requests = new HostileRequests();
        requests.tokens();
        requests.names(port);
        requests.pages(port);
        requests.methodsAndPaths();
        requests.sizes();
        requests.forms();
        return requests.rows;
    }

    /** @param headers each with its line's end */
    static String get(String target, String headers) {
        return request("GET", target, "Host: localhost\r\n" + headers);
    }

    private static String post(String target, String headers) {
        return request("POST", target, "Host: localhost\r\nContent-Length: 0\r\n" + headers);
    }

    private static String request(String method, String target, String headers) {
        String close = headers.contains("Connection:") ? "" : "Connection: close\r\n";
        return method + " " + target + " HTTP/1.1\r\n" + headers + close + "\r\n";
    }

    private static String basic(String both) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(both.getBytes(UTF_8))
                + "\r\n";
    }

    private void row(String what, String bytes, String status, String word) {
        rows.add(new Row(what, bytes, status, word));
    }

    private void tokens() {
        row("the run, without a token", get("/api/run", ""), "401", "name a token");
        row("the run, in a browser", get("/api/run", ""), "401", "WWW-Authenticate: Basic");
        row("the page, which asks for a token", get("/", ""), "200", "id=\"signIn\"");
        row("metrics, without a token", get("/q/metrics", ""), "401", "name a token");
        row("a pause, without a token", post(PAUSE, ""), "401", "name a token");
        row("samples, without a token", post("/samples", ""), "401", "name a token");
        row("health, without a token", get("/q/health/live", ""), "200", "UP");
        row("the run, by a viewer", get("/api/run", V), "200", "settings");
        row("a pause, by a viewer", post(PAUSE, V), "403", "a viewer's token");
        row("samples, by a viewer", post("/samples", V), "403", "a viewer's token");
        row("a pause, by an operator", post(PAUSE, O), "202", "");
        row("an unknown token", get("/", "Authorization: Bearer guess\r\n"), "401", "not known");
        row(
                "a token in capitals",
                get("/", "Authorization: Bearer " + VIEWER.toUpperCase() + "\r\n"),
                "401",
                "not known");
        row(
                "the beginning of a token",
                get("/", "Authorization: Bearer viewer-token\r\n"),
                "401",
                "not known");
        row(
                "a token and something more",
                get("/", "Authorization: Bearer " + VIEWER + "0\r\n"),
                "401",
                "not known");
        row("no token after its scheme", get("/", "Authorization: Bearer\r\n"), "401", "");
        row(
                "a token under another scheme",
                get("/", "Authorization: Digest " + VIEWER + "\r\n"),
                "401",
                "");
        row("a token as a password", get("/api/run", basic("anna:" + VIEWER)), "200", "");
        row("a token as a user's name", get("/", basic(VIEWER + ":")), "401", "not known");
        row("a password without a user", get("/", basic(VIEWER)), "401", "");
        row("Basic that is no Base64", get("/", "Authorization: Basic %%%\r\n"), "401", "");
        row("a token in the query", get("/api/run?token=" + OPERATOR, ""), "401", "");
        row("a token in a cookie", get("/api/run", "Cookie: token=" + VIEWER + "\r\n"), "401", "");
        row("two tokens", get("/api/run", V + O), "400", "once");
    }

    private void names(int port) {
        row(
                "another Host",
                request("GET", "/api/run", "Host: evil.example\r\n" + V),
                "403",
                "--http-names");
        row(
                "another Host, a pause",
                request("POST", PAUSE, "Host: evil.example\r\nContent-Length: 0\r\n" + O),
                "403",
                "--http-names");
        row(
                "another Host and the same Origin (DNS rebinding)",
                request("POST", PAUSE, "Host: evil.example\r\nContent-Length: 0\r\n" + EVIL + O),
                "403",
                "--http-names");
        row(
                "a Host that begins as this one",
                request("GET", "/", "Host: localhost.evil.example\r\n" + V),
                "403",
                "--http-names");
        row(
                "an address as Host, to look",
                request("GET", "/api/run", "Host: 10.0.0.8:" + port + "\r\n" + V),
                "200",
                "");
        row(
                "an address as Host, a pause",
                request("POST", PAUSE, "Host: 10.0.0.8\r\nContent-Length: 0\r\n" + O),
                "403",
                "--http-names");
        row("two Hosts", get("/", "Host: evil.example\r\n" + V), "400", "");
        row("no Host", request("GET", "/", V), "400", "");
        row("an empty Host", request("GET", "/", "Host:\r\n" + V), "403", "not known as");
        row(
                "a Host with a line's end in it",
                request("GET", "/", "Host: localhost%0d%0aX: y\r\n" + V),
                "400",
                "");
    }

    private void pages(int port) {
        String other = "Origin: http://localhost:" + (port == 1 ? 2 : 1) + "\r\n";
        row("a pause by another page", post(PAUSE, EVIL + O), "403", "may not change");
        row("the same with a form", post(PAUSE, EVIL + O + form()), "403", "may not change");
        row("a pause by a page without origin", post(PAUSE, "Origin: null\r\n" + O), "403", "");
        row("a pause by a page at another port", post(PAUSE, other + O), "403", "");
        row("two Origins", post(PAUSE, "Origin: http://localhost\r\n" + EVIL + O), "400", "once");
        row("the run, asked by another page", get("/api/run", EVIL + V), "403", "");
        row(
                "a pause of another site, as the browser says",
                post(PAUSE, "Sec-Fetch-Site: cross-site\r\n" + O),
                "403",
                "another site");
        row(
                "a pause of a neighbour's site",
                post(PAUSE, "Sec-Fetch-Site: same-site\r\n" + O),
                "403",
                "another site");
        row("what another page may, asked beforehand", preflight(), "405", "GET, HEAD, POST");
        row("a WebSocket", get("/api/run", SOCKET + V), "400", "no WebSocket");
        row("a WebSocket by another page", get("/", SOCKET + EVIL + V), "400", "no WebSocket");
        row("a WebSocket without a token", get("/", SOCKET), "400", "no WebSocket");
        row(
                "a WebSocket beside HTTP/2",
                get("/", SOCKET.replace("websocket", "h2c, websocket") + V),
                "400",
                "no WebSocket");
    }

    private static String form() {
        return "Content-Type: application/x-www-form-urlencoded\r\n";
    }

    private static String preflight() {
        return request(
                "OPTIONS",
                PAUSE,
                "Host: localhost\r\n" + EVIL + "Access-Control-Request-Method: POST\r\n");
    }

    private void methodsAndPaths() {
        for (String method : List.of("TRACE", "PUT", "DELETE", "PATCH", "EXPLODE")) {
            row(
                    "the method " + method,
                    request(method, "/api/run", "Host: localhost\r\n" + O),
                    "405",
                    "GET, HEAD or POST");
        }
        row(
                "CONNECT to another machine",
                request("CONNECT", "evil.example:443", "Host: localhost\r\n" + O),
                "404",
                "");
        row("the address of another machine", get("http://evil.example/", V), "400", "");
        for (String path : List.of(
                "/../etc/passwd",
                "/%2e%2e/etc/passwd",
                "/..%2fetc/passwd",
                "//evil.example/",
                "/api/run;a=b",
                "/api/run%00.html",
                "/%252e%252e/x",
                "/api/%0d%0aX:y")) {
            row("the path `" + path + "`", get(path, V), "400", "the path");
        }
        row("the path `/api\\run`", get("/api\\run", V), "400", "");
        row("an unknown request", post("/api/control/explode", O), "404", "");
        row("a name that is none", post("/api/control/rollback?name=a%0d%0ab", O), "400", "");
        row(
                "a weight that is none",
                post("/api/control/source-weight?name=a&weight=-1", O),
                "400",
                "");
    }

    private void sizes() {
        row("a header of 20 KB", get("/", "X: " + "x".repeat(20_000) + "\r\n" + V), "431", "");
        row("1,000 headers", get("/", "X: yyyyyyyyyyyyyyyy\r\n".repeat(1_000) + V), "431", "");
        row("a path of 5 KB", get("/" + "x".repeat(5_000), V), "414", "");
        row(
                "a pause with a body of a megabyte",
                request("POST", PAUSE, "Host: localhost\r\nContent-Length: 1000000\r\n" + O),
                "413",
                "only /samples");
        row(
                "a pause with a body of unknown length",
                request("POST", PAUSE, "Host: localhost\r\nTransfer-Encoding: chunked\r\n" + O)
                        + "0\r\n\r\n",
                "413",
                "only /samples");
        row(
                "samples of 2 GB",
                request(
                        "POST",
                        "/samples",
                        "Host: localhost\r\nContent-Type: application/x-ndjson\r\n"
                                + "Content-Length: 2000000000\r\n" + O),
                "413",
                "");
        row(
                "samples as text",
                post("/samples", "Content-Type: text/plain\r\n" + O),
                "415",
                "application/x-ndjson");
    }

    private void forms() {
        row(
                "a negative length",
                request("POST", PAUSE, "Host: localhost\r\nContent-Length: -1\r\n" + O),
                "400",
                "");
        row(
                "two lengths",
                request(
                        "POST",
                        PAUSE,
                        "Host: localhost\r\nContent-Length: 0\r\nContent-Length: 9\r\n" + O),
                "400",
                "");
        row(
                "a length and chunks (smuggling)",
                request(
                                "POST",
                                PAUSE,
                                "Host: localhost\r\nContent-Length: 5\r\n"
                                        + "Transfer-Encoding: chunked\r\n" + O)
                        + "0\r\n\r\n",
                "400",
                "");
        row("a header's name with a space", get("/", "Content-Length : 0\r\n" + V), "400", "");
        row("a first line of noise", "\u0001\u0002\u0003 noise\r\n\r\n", "400", "");
        row("the beginning of TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", "closed", "");
        row(
                "an unknown version",
                "GET / HTTP/9.9\r\nHost: localhost\r\nConnection: close\r\n" + V + "\r\n",
                "501",
                "");
    }
}
