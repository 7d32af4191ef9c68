using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Gets the producer's identity from a broker, and raises its epoch when a partition needs that. One request at a time; whoever waits is told.
/// Owner: the producer's loop.
/// </summary>
internal sealed class ProducerIdentitySource
{
    private readonly ProducerEngine _engine;
    private readonly List<PartitionQueue> _waiting = []; // owner: the loop
    private readonly RetryTimer _retry;
    private bool _asking; // owner: the loop

    public ProducerIdentitySource(ProducerEngine engine)
    {
        _engine = engine;
        _retry = new RetryTimer(this);
    }

    public ProducerIdentity Current { get; private set; } = ProducerIdentity.None;

    /// <summary>The last failure to get an identity; null after a success.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>The queue waits for an identity other than <paramref name="refused"/>; it is routed again when one is there.</summary>
    public void Await(PartitionQueue queue, ProducerIdentity refused, BrokerLink link)
    {
        if (Current.IsKnown && Current != refused)
        {
            _engine.Route(queue);
            return;
        }

        if (Current.IsKnown && Current.Epoch < short.MaxValue)
        {
            // The epoch is raised here (KIP-360): a broker that is asked gives a new id, under which what is still under way of the old one is not refused, and
            // would be written behind later records.
            Current = new ProducerIdentity(Current.Id, (short)(Current.Epoch + 1));
            _engine.Route(queue);
            return;
        }

        if (!_waiting.Contains(queue))
        {
            _waiting.Add(queue);
        }

        Ask(link);
    }

    private void Ask(BrokerLink link)
    {
        if (_asking || _retry.IsArmed)
        {
            return;
        }

        _asking = true;
        InitProducerIdRequest message = new()
        {
            TransactionalId = null,
            TransactionTimeoutMs = int.MaxValue,
            ProducerId = -1,
            ProducerEpoch = -1,
        };
        link.Send(new Request(this, message, _engine.Options.RequestTimeout));
    }

    private void Answered(InitProducerIdResponse response)
    {
        _asking = false;
        ErrorCode error = (ErrorCode)response.ErrorCode;
        if (error == ErrorCode.None)
        {
            LastError = null;
            Current = new ProducerIdentity(response.ProducerId, response.ProducerEpoch);
            PartitionQueue[] waiting = [.. _waiting];
            _waiting.Clear();
            foreach (PartitionQueue queue in waiting)
            {
                _engine.Route(queue);
            }

            return;
        }

        KafkaBrokerException failure = new(error, ApiKey.InitProducerId);
        if (IsFinal(error))
        {
            Refused(failure);
            return;
        }

        Failed(failure);
    }

    // Asking again helps against everything but these.
    private static bool IsFinal(ErrorCode error) =>
        error is ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.UnsupportedVersion;

    private void Refused(KafkaBrokerException error)
    {
        _asking = false;
        LastError = error;
        PartitionQueue[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (PartitionQueue queue in waiting)
        {
            _engine.RefuseAll(queue, error);
        }
    }

    private void Failed(KafkaException error)
    {
        _asking = false;
        LastError = error;
        _engine.Loop.Arm(_retry, _engine.Loop.Now + _engine.PauseWithoutBroker);
    }

    private sealed class Request : ControlRequest<InitProducerIdRequest, InitProducerIdResponse>
    {
        private readonly ProducerIdentitySource _source;

        public Request(ProducerIdentitySource source, InitProducerIdRequest message, TimeSpan timeout)
            : base(message, timeout, static response => response.ThrottleTimeMs, highest: 5) => _source = source;

        public override void OnFailed(KafkaException error, bool maybeSent)
        {
            if (error is KafkaBrokerException { Code: ErrorCode.UnsupportedVersion } refused)
            {
                _source.Refused(refused);
                return;
            }

            _source.Failed(error);
        }

        protected override void OnAnswer(InitProducerIdResponse response, short version) => _source.Answered(response);
    }

    private sealed class RetryTimer : LoopTimer
    {
        private readonly ProducerIdentitySource _source;

        public RetryTimer(ProducerIdentitySource source) => _source = source;

        protected internal override void OnDue()
        {
            // Routing brings the waiting queues back with the link of whoever leads them now.
            PartitionQueue[] waiting = [.. _source._waiting];
            _source._waiting.Clear();
            foreach (PartitionQueue queue in waiting)
            {
                _source._engine.Route(queue);
            }
        }
    }
}
