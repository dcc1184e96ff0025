package dev.plimsoll.coordinator.web.gate;

import dev.plimsoll.coordinator.start.HttpRole;
import dev.plimsoll.coordinator.start.HttpTokens;
import dev.plimsoll.wire.codec.Shown;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides which requests are let in, before anything else looks at them: by form, rate, names,
 * page, token, role and size, in this order. Pure but for the counts of what was asked before.
 * Decision 0163.
 */
final class RequestGate {

    /** Ways to be told that a process lives and can work; they tell nothing of the run. */
    private static final Set<String> HEALTH =
            Set.of("/q/health", "/q/health/live", "/q/health/ready", "/q/health/started");

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST");
    private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");

    /** Of such a path some part reads one thing and another part another. */
    private static final Pattern CROOKED =
            Pattern.compile("(?i).*(%00|%0a|%0d|%2e|%2f|%5c|%25|\\\\|/\\.\\.?(/|$)|//|;).*");

    /** The page's own files; they tell nothing of the run, and the page asks for the token. */
    private static final Pattern PAGE = Pattern.compile(
            "/|/index\\.html|/favicon\\.svg|/plimsoll\\.css|/(page|uplot)/[\\w.-]+");

    private static final String SAMPLES = "/samples";
    static final String LIVE = "/api/live";
    private static final long MOST_BYTES_OF_A_REQUEST = 4_096;
    private static final int SHOWN = 200;

    private static final double REQUESTS_PER_SECOND = 100;
    private static final int REQUESTS_AT_ONCE = 400;
    private static final double FAILURES_PER_SECOND = 1 / 6.0;
    private static final int FAILURES_AT_ONCE = 10;

    private static final Map<String, String> ASK_AGAIN = Map.of("Retry-After", "1");
    private static final Map<String, String> LOG_IN =
            Map.of("WWW-Authenticate", "Basic realm=\"plimsoll\", charset=\"UTF-8\"");

    /** A browser that reads this asks for nothing itself. */
    private static final Map<String, String> SIGN_IN =
            Map.of("WWW-Authenticate", "Bearer realm=\"plimsoll\"");

    private final OwnNames names;
    private final boolean onlyThisMachine;
    private final Buckets requests = new Buckets(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);
    private final Buckets failures = new Buckets(FAILURES_PER_SECOND, FAILURES_AT_ONCE);

    /** @param onlyThisMachine whether no other machine reaches this process */
    RequestGate(OwnNames names, boolean onlyThisMachine) {
        this.names = names;
        this.onlyThisMachine = onlyThisMachine;
    }

    /**
     * Why the request is not let in; empty when it is.
     *
     * @param tokens of those who may ask; empty: everybody who reaches this process may
     */
    synchronized Optional<Refusal> refusal(
            RequestFacts request, Optional<HttpTokens> tokens, long nowNanos) {
        if (!requests.take(request.address(), nowNanos)) {
            return refused(
                    429,
                    "this address asks more than " + (int) REQUESTS_PER_SECOND
                            + " times a second; ask again later",
                    ASK_AGAIN);
        }
        Optional<Refusal> form = form(request);
        if (form.isPresent()) {
            return form;
        }
        if (HEALTH.contains(request.path()) && !request.changes()) {
            return Optional.empty();
        }
        return page(request).or(() -> caller(request, tokens, nowNanos)).or(() -> size(request));
    }

    private static Optional<Refusal> form(RequestFacts request) {
        if (!METHODS.contains(request.method())) {
            return refused(
                    405,
                    "nothing here is asked for with " + Shown.line(request.method(), SHOWN)
                            + "; use GET, HEAD or POST",
                    Map.of("Allow", "GET, HEAD, POST"));
        }
        if (!request.target().startsWith("/") || CROOKED.matcher(request.path()).matches()) {
            return refused(400, "the path has characters or steps that no address here has");
        }
        if (request.hosts().size() > 1
                || request.authorizations().size() > 1
                || request.origins().size() > 1) {
            return refused(400, "Host, Origin and Authorization may each be given once");
        }
        if (request.upgrade().filter(upgrade -> isStray(upgrade, request)).isPresent()) {
            return refused(400, "there is no WebSocket here; the page's is " + LIVE);
        }
        return Optional.empty();
    }

    private static boolean isStray(String upgrade, RequestFacts request) {
        boolean live = request.path().equals(LIVE)
                && request.method().equals("GET")
                && upgrade.strip().equalsIgnoreCase("websocket");
        return upgrade.toLowerCase(Locale.ROOT).contains("websocket") && !live;
    }

    private Optional<Refusal> page(RequestFacts request) {
        String host = request.hosts().isEmpty() ? null : request.hosts().getFirst();
        String origin = request.origins().isEmpty() ? null : request.origins().getFirst();
        Optional<String> why = request.changes() || origin != null
                ? names.refusal(host, origin)
                : names.refusalToLook(host);
        if (why.isPresent()) {
            return refused(403, why.get());
        }
        boolean strange = request.changes()
                && request.fetchSite().filter(site -> !OWN_PAGES.contains(site)).isPresent();
        return strange
                ? refused(403, "a page of another site may not change this run")
                : Optional.empty();
    }

    private Optional<Refusal> caller(
            RequestFacts request, Optional<HttpTokens> tokens, long nowNanos) {
        if (tokens.isEmpty()) {
            return onlyThisMachine
                    ? Optional.empty()
                    : refused(
                            403,
                            "this process listens to other machines and was given no tokens; "
                                    + "start it with --http-tokens FILE");
        }
        if (!failures.hasRoom(request.address(), nowNanos)) {
            return refused(
                    429,
                    "this address named too many wrong tokens; ask again in a minute",
                    Map.of("Retry-After", "60"));
        }
        boolean names =
                !request.authorizations().isEmpty() || request.tokenOfSocket().isPresent();
        if (!names && !request.changes() && PAGE.matcher(request.path()).matches()) {
            return Optional.empty();
        }
        Optional<HttpRole> role = request.role(tokens.get());
        if (role.isEmpty()) {
            if (names) {
                failures.take(request.address(), nowNanos);
            }
            return refused(
                    401,
                    names
                            ? "the token is not known"
                            : "name a token: `Authorization: Bearer TOKEN`, or any user with the "
                                    + "token as password",
                    request.byScript() || request.path().equals(LIVE) ? SIGN_IN : LOG_IN);
        }
        return request.changes() && role.get() != HttpRole.OPERATOR
                ? refused(403, "a viewer's token changes nothing; use an operator's")
                : Optional.empty();
    }

    /** Only samples have a body; how long that may be is the server's limit. */
    private static Optional<Refusal> size(RequestFacts request) {
        boolean large = request.chunked()
                || request.bodyBytes()
                        .filter(bytes -> !bytes.matches("\\d{1,9}")
                                || Long.parseLong(bytes) > MOST_BYTES_OF_A_REQUEST)
                        .isPresent();
        return large && !request.path().equals(SAMPLES)
                ? refused(413, "only /samples takes a body")
                : Optional.empty();
    }

    private static Optional<Refusal> refused(int status, String why) {
        return Optional.of(new Refusal(status, why));
    }

    private static Optional<Refusal> refused(int status, String why, Map<String, String> headers) {
        return Optional.of(new Refusal(status, why, headers));
    }
}
