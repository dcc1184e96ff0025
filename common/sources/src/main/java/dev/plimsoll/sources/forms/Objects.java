package dev.plimsoll.sources.forms;

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
            byte[] bytes = Json.mapper().writeValueAsBytes(object);
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
