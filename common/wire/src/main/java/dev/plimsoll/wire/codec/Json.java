package dev.plimsoll.wire.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** The one JSON mapper of the code base. */
public final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .annotationIntrospector(new WireAnnotations())
            .injectableValues(new Defaults())
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * Of a record every component must be there and not null, {@link AddedLater} ones aside;
     * unknown fields are skipped; nothing may follow the value. Do not configure it.
     */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * The JSON that a component has in records from before it.
     *
     * @param of the component: two of one record may have the same default
     */
    record Default(String json, String of) {}

    /** Reads a {@link Default} as its component's type. */
    private static final class Defaults extends InjectableValues {
        @Override
        public Object findInjectableValue(
                Object id,
                DeserializationContext context,
                BeanProperty component,
                Object beanInstance)
                throws JsonMappingException {
            if (!(id instanceof Default(String json, String of))) {
                throw JsonMappingException.from(context, "nothing is injected but defaults: " + id);
            }
            try {
                return MAPPER.readValue(json, component.getType());
            } catch (JsonMappingException e) {
                throw e;
            } catch (JsonProcessingException e) {
                throw JsonMappingException.from(context, "the default is no JSON: " + json, e);
            }
        }
    }
}
