package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.SumSource;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Sums that are being read or are at hand, by the version that they make. */
final class SumReads {

    /** One is folded as the next is read; each may have hundreds of megabytes. */
    private static final int MAX_SUMS = 2;

    private final Requests requests;
    private final Map<Long, Sum> sums = new TreeMap<>();

    /** @param vector null while it is being read */
    private record Sum(long request, WireVector vector) {}

    SumReads(Requests requests) {
        this.requests = requests;
    }

    /** Asks for it unless that was done; false when there is no room for it yet. */
    boolean want(long version, SumSource source, List<Action> actions) {
        if (sums.containsKey(version)) {
            return true;
        }
        if (sums.size() >= MAX_SUMS) {
            return false;
        }
        long request = requests.next();
        sums.put(version, new Sum(request, null));
        actions.add(new Action.ReadSum(request, source));
        return true;
    }

    /** Nothing when it is not wanted any more. */
    void read(long request, WireVector vector) {
        version(request).ifPresent(version -> sums.put(version, new Sum(request, vector)));
    }

    /** The version that was to be made of it; empty when it is not wanted any more. */
    Optional<Long> unreadable(long request) {
        Optional<Long> version = version(request);
        version.ifPresent(sums::remove);
        return version;
    }

    private Optional<Long> version(long request) {
        return sums.entrySet().stream()
                .filter(entry -> entry.getValue().request() == request)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Hands it over once it was read. */
    Optional<WireVector> take(long version) {
        Sum sum = sums.get(version);
        if (sum == null || sum.vector() == null) {
            return Optional.empty();
        }
        sums.remove(version);
        return Optional.of(sum.vector());
    }

    void clear() {
        sums.clear();
    }
}
