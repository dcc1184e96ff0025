package dev.plimsoll.sources.forms;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.wire.codec.Json;

/** Makes records of what is no JSON in its file. */
final class Objects {

    private Objects() {}

    /** The object as JSON without white space, its fields in their order. */
    static SourceItem item(Place place, ObjectNode object, SourceOptions options) {
        try {
            // as bytes Jackson would write each emoji as two escapes
            byte[] bytes = Json.mapper().writeValueAsString(object).getBytes(UTF_8);
            Kept kept = new Kept(options);
            kept.add(bytes, 0, bytes.length);
            return kept.item(place);
        } catch (JsonProcessingException e) {
            return new SourceItem.Broken(
                    place,
                    "it cannot be written as JSON (" + e.getOriginalMessage() + ")",
                    "mend or drop it");
        }
    }
}
