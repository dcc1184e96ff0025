package dev.plimsoll.coordinator.web.gate;

import dev.plimsoll.wire.codec.Shown;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The names under which this process takes requests. A browser names the host in Host and the page
 * that asks in Origin. Pages of other hosts are refused, or any site could change a run through the
 * browser of who watches it. So is a host that is not ours: a site may give its own name this
 * machine's address (DNS rebinding), and both headers name the site then.
 */
final class OwnNames {

    private static final Set<String> EVERYWHERE = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");
    private static final Pattern ADDRESS =
            Pattern.compile("(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]{2,45}])(:\\d{1,5})?");
    private static final int SHOWN = 200;

    private final Set<String> names = new TreeSet<>();

    /**
     * @param bound what the server listens at
     * @param named by who runs it
     */
    OwnNames(String bound, Collection<String> named) {
        names.add("localhost");
        names.add("::1");
        if (!EVERYWHERE.contains(bare(bound))) {
            names.add(bare(bound));
        }
        named.forEach(name -> names.add(bare(name)));
    }

    /**
     * Why a request that changes nothing is refused, as one sentence. An address is no name: no
     * site can make a browser believe that it has it, and who asks by address looks at this machine
     * on purpose, as those do that gather metrics.
     *
     * @param host as for {@link #refusal}
     */
    Optional<String> refusalToLook(String host) {
        return host != null && ADDRESS.matcher(host).matches()
                ? Optional.empty()
                : refusal(host, null);
    }

    /**
     * Why a request that changes the run is refused, as one sentence.
     *
     * @param host the header, with the port where there is one; null when it is missing
     * @param origin the header; null when it is missing
     */
    Optional<String> refusal(String host, String origin) {
        if (host == null || !isOwn(host)) {
            return Optional.of("this process is not known as '"
                    + Shown.line(String.valueOf(host), SHOWN) + "': use one of its names ("
                    + String.join(", ", names) + "), or start it with --http-names and the name");
        }
        return origin == null
                        || origin.equalsIgnoreCase("http://" + host)
                        || origin.equalsIgnoreCase("https://" + host)
                ? Optional.empty()
                : Optional.of(
                        "a page of " + Shown.line(origin, SHOWN) + " may not change this run");
    }

    private boolean isOwn(String host) {
        String name = bare(host.replaceFirst(":\\d{1,5}$", ""));
        return names.contains(name) || name.matches("127(\\.\\d{1,3}){3}");
    }

    /** In lower case, without the brackets of an address and the dot at the end of a name. */
    private static String bare(String name) {
        String bare = name.strip().toLowerCase(Locale.ROOT);
        if (bare.startsWith("[") && bare.endsWith("]")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        return bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
    }
}
