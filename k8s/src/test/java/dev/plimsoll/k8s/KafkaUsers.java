package dev.plimsoll.k8s;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the KafkaUsers of manifests may do, a line for each right. */
final class KafkaUsers {

    private KafkaUsers() {}

    /**
     * One right.
     *
     * @param user the manifest's name
     * @param resource topic, group, transactionalId or cluster
     * @param pattern literal or prefix
     * @param operation as Strimzi names it, e.g. Read
     */
    record Right(String user, String resource, String name, String pattern, String operation)
            implements Comparable<Right> {

        /** For people and for comparisons, e.g. {@code topic literal plimsoll.journal Read}. */
        String shown() {
            return String.join(" ", resource, pattern, name, operation);
        }

        @Override
        public int compareTo(Right other) {
            return (user + " " + shown()).compareTo(other.user + " " + other.shown());
        }

        boolean isOn(String kind, String what) {
            return resource.equals(kind)
                    && (pattern.equals("prefix") ? what.startsWith(name) : what.equals(name));
        }
    }

    static SortedSet<Right> rights(List<JsonNode> manifests) {
        SortedSet<Right> rights = new TreeSet<>();
        for (JsonNode user : users(manifests)) {
            for (JsonNode acl : user.at("/spec/authorization/acls")) {
                for (JsonNode operation : acl.get("operations")) {
                    rights.add(new Right(
                            Manifests.name(user),
                            acl.at("/resource/type").asText(),
                            acl.at("/resource/name").asText(),
                            acl.at("/resource/patternType").asText("literal"),
                            operation.asText()));
                }
            }
        }
        return rights;
    }

    static List<JsonNode> users(List<JsonNode> manifests) {
        List<JsonNode> users = new ArrayList<>(manifests);
        users.removeIf(manifest -> !Manifests.kind(manifest).equals("KafkaUser"));
        return users;
    }
}
