package org.apache.beam.runners.fnexecution.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.DelayedBundleApplication;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.runners.core.StateInternalsFactory;
import org.apache.beam.runners.core.StateNamespace;
import org.apache.beam.runners.core.StateNamespaces;
import org.apache.beam.runners.core.StateTag;
import org.apache.beam.runners.core.StateTags;
import org.apache.beam.runners.core.TimerInternalsFactory;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.WindowedValue;
import org.apache.beam.sdk.values.WindowedValues;
import org.joda.time.Instant;

/**
 * Takes the place of the class of this name in runners before 2.77, in which each time a Splittable DoFn hands back the
 * rest of its work a state of a new name is made and never removed (apache/beam issue 27648). In RocksDB that is a column
 * family for each poll of a Kafka partition: polls become slow, checkpoints grow for ever.
 *
 * <p>Here the rest of an element lies under one name, and what lay there of the same element before, which has been
 * taken up by then, is removed. That holds for sources that give each element one restriction and never split it, as
 * iamdrift's does.
 */
public class BundleCheckpointHandlers {

  /** Keeps what is to be done later in state, with a timer that brings it back. */
  public static class StateAndTimerBundleCheckpointHandler<T> implements BundleCheckpointHandler {
    public static final String SDF_PREFIX = "sdf_checkpoint";
    private static final String NAME = SDF_PREFIX + ":rest";

    private final TimerInternalsFactory<T> timers;
    private final StateInternalsFactory<T> states;
    private final Coder<WindowedValue<T>> restCoder;
    private final Coder<BoundedWindow> windowCoder;
    private final StateTag<ValueState<WindowedValue<T>>> tag;
    private final Map<String, T> latest = new HashMap<>();

    @SuppressWarnings({"unchecked", "rawtypes"})
    public StateAndTimerBundleCheckpointHandler(
        TimerInternalsFactory<T> timers,
        StateInternalsFactory<T> states,
        Coder<WindowedValue<T>> restCoder,
        Coder windowCoder) {
      this.timers = timers;
      this.states = states;
      this.restCoder = restCoder;
      this.windowCoder = (Coder<BoundedWindow>) windowCoder;
      this.tag = StateTags.value(NAME, restCoder);
    }

    /** Says whether a timer brings back the rest of an element. */
    public static boolean isSdfTimer(String timerId) {
      return timerId.startsWith(SDF_PREFIX);
    }

    @Override
    public void onCheckpoint(ProcessBundleResponse response) {
      for (DelayedBundleApplication rest : response.getResidualRootsList()) {
        if (rest.hasApplication()) {
          keep(rest);
        }
      }
    }

    private void keep(DelayedBundleApplication rest) {
      WindowedValue<T> stored;
      try {
        byte[] encoded = rest.getApplication().getElement().toByteArray();
        stored = CoderUtils.decodeFromByteArray(restCoder, encoded);
      } catch (IOException error) {
        throw new IllegalStateException("the rest of an element cannot be read", error);
      }
      T value = stored.getValue();
      T before = latest.put(identity(value), value);
      for (BoundedWindow window : stored.getWindows()) {
        StateNamespace namespace = StateNamespaces.window(windowCoder, window);
        if (before != null) {
          states.stateInternalsForKey(before).state(namespace, tag).clear();
        }
        WindowedValue<T> alone =
            WindowedValues.of(value, stored.getTimestamp(), Arrays.asList(window), stored.getPaneInfo());
        states.stateInternalsForKey(value).state(namespace, tag).write(alone);
        timers
            .timerInternalsForKey(value)
            .setTimer(namespace, NAME, "", due(rest), hold(rest), TimeDomain.PROCESSING_TIME);
      }
    }

    private static Instant due(DelayedBundleApplication rest) {
      long seconds = rest.getRequestedTimeDelay().getSeconds();
      long delay = Duration.ofSeconds(seconds, rest.getRequestedTimeDelay().getNanos()).toMillis();
      return Instant.now().plus(delay);
    }

    /** The watermark that the rest of the element holds back. */
    private static Instant hold(DelayedBundleApplication rest) {
      return rest.getApplication().getOutputWatermarksMap().values().stream()
          .map(time -> Instant.ofEpochMilli(time.getSeconds() * 1000 + time.getNanos() / 1_000_000))
          .map(time -> time.isAfter(BoundedWindow.TIMESTAMP_MAX_VALUE) ? BoundedWindow.TIMESTAMP_MAX_VALUE : time)
          .min(Instant::compareTo)
          .orElse(BoundedWindow.TIMESTAMP_MIN_VALUE);
    }

    /** The element alone, of ((element, (restriction, watermark)), size). */
    private static String identity(Object value) {
      Object inner = value;
      for (int level = 0; level < 2 && inner instanceof KV; level++) {
        inner = ((KV<?, ?>) inner).getKey();
      }
      return text(inner);
    }

    private static String text(Object value) {
      if (value instanceof KV) {
        KV<?, ?> pair = (KV<?, ?>) value;
        return "(" + text(pair.getKey()) + ", " + text(pair.getValue()) + ")";
      }
      return value instanceof byte[] ? Arrays.toString((byte[]) value) : String.valueOf(value);
    }
  }
}
