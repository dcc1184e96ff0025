package dev.plimsoll.coordinator.web.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.start.HttpRole;
import dev.plimsoll.coordinator.start.HttpTokens;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Who is let in; HostileHttpTest sends such requests to a process. */
class RequestGateTest {

    private static final long SECOND = 1_000_000_000L;
    private static final String VIEWER = "viewer-token-0123456789";
    private static final String OPERATOR = "operator-token-0123456789";

    @TempDir
    Path directory;

    private final RequestGate gate = gate(true);
    private Optional<HttpTokens> tokens;

    @BeforeEach
    void tokens() throws Exception {
        Path file = Files.writeString(
                directory.resolve("tokens"),
                "# who may\nviewer " + VIEWER + "\n\noperator  " + OPERATOR + "\n");
        tokens = Optional.of(HttpTokens.read(file));
    }

    private static RequestGate gate(boolean onlyThisMachine) {
        return new RequestGate(
                new OwnNames("localhost", List.of("train.example")), onlyThisMachine);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/run, localhost:1,        , 0",
        "POST, /api/run, localhost:1,        , 0",
        "GET,  /api/run, train.example,      , 0",
        "GET,  /api/run, 10.0.0.9:8080,      , 0",
        "GET,  /api/run, [fe80::1]:8080,     , 0",
        "POST, /api/run, 10.0.0.9:8080,      , 403",
        "GET,  /api/run, evil.example,       , 403",
        "GET,  /api/run, 1.2.3.4.evil.example,, 403",
        "GET,  /api/run, ,                   , 403",
        "GET,  /api/run, localhost:1, http://localhost:1, 0",
        "GET,  /api/run, localhost:1, http://evil.example, 403",
        "GET,  /api/run, evil.example, http://evil.example, 403",
        "GET,  /q/health/ready, evil.example, , 0",
        "POST, /q/health/ready, evil.example, , 403",
        "PUT,  /api/run, localhost:1,        , 405",
        "OPTIONS, /api/run, localhost:1,     , 405",
        "GET,  /a/../b,  localhost:1,        , 400",
        "GET,  /a/%2E%2e/b, localhost:1,     , 400",
        "GET,  //a,      localhost:1,        , 400",
        "GET,  /a?b=//c/../d, localhost:1,   , 0",
        "GET,  http://localhost:1/a, localhost:1, , 400",
    })
    void withoutTokens(String method, String target, String host, String origin, int status) {
        assertThat(status(request(method, target, host, origin, null), Optional.empty()))
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  ,                          401",
        "GET,  Bearer " + VIEWER + ",     0",
        "GET,  bearer   " + VIEWER + ",   0",
        "HEAD, Bearer " + OPERATOR + ",   0",
        "POST, Bearer " + OPERATOR + ",   0",
        "POST, Bearer " + VIEWER + ",     403",
        "GET,  Bearer " + VIEWER + "x,    401",
        "GET,  Bearer viewer-token,       401",
        "GET,  Bearer,                    401",
        "GET,  Digest " + VIEWER + ",     401",
        "GET,  Basic " + VIEWER + ",      401",
        "GET,  " + VIEWER + ",            401",
    })
    void withTokens(String method, String authorization, int status) {
        assertThat(status(request(method, "/api/run", "localhost", null, authorization), tokens))
                .isEqualTo(status);
    }

    @Test
    void aBrowserGivesTheTokenAsAPassword() {
        String both = Base64.getEncoder().encodeToString(("anna:" + OPERATOR).getBytes());
        assertThat(status(request("POST", "/a", "localhost", null, "Basic " + both), tokens))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /,                 0",
        "HEAD, /index.html,       0",
        "GET,  /page/main.js,     0",
        "GET,  /uplot/uPlot.esm.js, 0",
        "GET,  /plimsoll.css,     0",
        "POST, /,                 401",
        "GET,  /page/,            401",
        "GET,  /page/a/b,         401",
        "GET,  /pages,            401",
        "GET,  /api/run,          401",
        "GET,  /q/metrics,        401",
    })
    void thePageIsShownToEverybodySoThatItCanAskForTheToken(String method, String path, int is) {
        assertThat(status(request(method, path, "localhost", null, null), tokens))
                .isEqualTo(is);
        assertThat(status(request(method, path, "localhost", null, "Bearer wrong"), tokens))
                .as("who names a wrong token is told so everywhere")
                .isEqualTo(401);
        assertThat(gate(false)
                        .refusal(
                                request(method, path, "localhost", null, null),
                                Optional.empty(),
                                0))
                .as("to others without tokens")
                .isPresent();
    }

    @Test
    void thePagesWebSocketNamesTheTokenAmongItsProtocols() {
        String named = "plimsoll.live, plimsoll.token." + url(VIEWER);
        assertThat(status(socket("/api/live", named), tokens)).isZero();
        assertThat(socket("/api/live", named).role(tokens.orElseThrow())).contains(HttpRole.VIEWER);
        for (String wrong : List.of(
                "plimsoll.live",
                "plimsoll.token." + VIEWER,
                "plimsoll.token.%%%",
                "plimsoll.token." + url("guess"))) {
            assertThat(status(socket("/api/live", wrong), tokens)).as(wrong).isEqualTo(401);
        }
        assertThat(request("GET", "/api/run", "localhost", null, null).tokenOfSocket())
                .isEmpty();
    }

    @Test
    void aWrongTokenOfAWebSocketCountsAsAGuess() {
        RequestFacts wrong = socket("/api/live", "plimsoll.token." + url("guess"));
        for (int i = 0; i < 10; i++) {
            gate.refusal(wrong, tokens, 0);
        }
        assertThat(status(wrong, tokens)).isEqualTo(429);
    }

    @Test
    void aBrowserDoesNotAskForAPasswordWhereThePageAsksForTheToken() {
        RequestFacts socket = socket("/api/live", "plimsoll.live");
        assertThat(gate.refusal(socket, tokens, 0).orElseThrow().headers().get("WWW-Authenticate"))
                .startsWith("Bearer");
        RequestFacts person = request("GET", "/api/run", "localhost", null, null);
        assertThat(gate.refusal(person, tokens, 0).orElseThrow().headers().get("WWW-Authenticate"))
                .startsWith("Basic");
    }

    private static String url(String token) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes());
    }

    @Test
    void whoListensToOthersWithoutTokensAnswersNobody() {
        RequestFacts request = request("GET", "/api/run", "localhost", null, null);
        assertThat(gate(false).refusal(request, Optional.empty(), 0))
                .hasValueSatisfying(no -> assertThat(no.why()).contains("--http-tokens"));
        RequestFacts health = request("GET", "/q/health/live", "10.0.0.7", null, null);
        assertThat(gate(false).refusal(health, Optional.empty(), 0)).isEmpty();
    }

    @Test
    void whoGuessesTokensIsStopped() {
        RequestFacts wrong = request("GET", "/a", "localhost", null, "Bearer wrong");
        for (int i = 0; i < 10; i++) {
            assertThat(gate.refusal(wrong, tokens, 0).orElseThrow().status()).isEqualTo(401);
        }
        RequestFacts right = request("GET", "/a", "localhost", null, "Bearer " + VIEWER);
        assertThat(gate.refusal(right, tokens, 0).orElseThrow().status()).isEqualTo(429);
        assertThat(gate.refusal(right, tokens, 7 * SECOND)).isEmpty();
        assertThat(gate.refusal(wrong, tokens, 8 * SECOND).orElseThrow().status())
                .isEqualTo(401);
        assertThat(gate.refusal(wrong, tokens, 9 * SECOND).orElseThrow().status())
                .isEqualTo(429);
    }

    @Test
    void whoAsksTooOftenIsStopped() {
        RequestFacts request = request("GET", "/a", "localhost", null, null);
        for (int i = 0; i < 400; i++) {
            assertThat(gate.refusal(request, Optional.empty(), 0)).isEmpty();
        }
        assertThat(gate.refusal(request, Optional.empty(), 0)).hasValueSatisfying(no -> {
            assertThat(no.status()).isEqualTo(429);
            assertThat(no.headers()).containsEntry("Retry-After", "1");
        });
        assertThat(gate.refusal(request, Optional.empty(), SECOND)).isEmpty();
    }

    @Test
    void addressesAreForgottenBeforeTheyFillTheMemory() {
        Buckets buckets = new Buckets(0, 1);
        assertThat(buckets.take("first", 0)).isTrue();
        assertThat(buckets.take("first", 0)).isFalse();
        for (int i = 0; i < 10_000; i++) {
            buckets.take("other-" + i, 0);
        }
        assertThat(buckets.take("first", 0)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "/api/control/pause, 0,          false, 0",
        "/api/control/pause, 4096,       false, 0",
        "/api/control/pause, 4097,       false, 413",
        "/api/control/pause, 9999999999, false, 413",
        "/api/control/pause, nonsense,   false, 413",
        "/api/control/pause, ,           true,  413",
        "/samples,           999999999,  false, 0",
        "/samples,           ,           true,  0",
    })
    void onlySamplesHaveABody(String path, String bytes, boolean chunked, int status) {
        RequestFacts request = new RequestFacts(
                "POST",
                path,
                List.of("localhost"),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.ofNullable(bytes),
                chunked,
                "a");
        assertThat(status(request, Optional.empty())).isEqualTo(status);
    }

    private int status(RequestFacts request, Optional<HttpTokens> known) {
        return gate.refusal(request, known, 0).map(Refusal::status).orElse(0);
    }

    private static RequestFacts request(
            String method, String target, String host, String origin, String authorization) {
        return new RequestFacts(
                method,
                target,
                host == null ? List.of() : List.of(host),
                origin == null ? List.of() : List.of(origin),
                authorization == null ? List.of() : List.of(authorization),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                false,
                "127.0.0.1");
    }

    private static RequestFacts socket(String path, String protocols) {
        return new RequestFacts(
                "GET",
                path,
                List.of("localhost"),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.of("websocket"),
                Optional.of(protocols),
                false,
                Optional.empty(),
                false,
                "127.0.0.1");
    }
}
