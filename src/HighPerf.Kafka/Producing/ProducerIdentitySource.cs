using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Gets the producer's identity from a broker, and a higher epoch when a partition needs one (KIP-360). One request at a time; whoever waits is told.
/// Owner: the producer's loop.
/// </summary>
internal sealed class ProducerIdentitySource
{
    private readonly ProducerEngine _engine;
    private readonly List<PartitionQueue> _waiting = []; // owner: the loop
    private readonly RetryTimer _retry;
    private bool _asking; // owner: the loop
    private bool _forgetOld; // owner: the loop; the broker does not know the identity that was to be raised

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
        bool raise = Current.IsKnown && !_forgetOld;
        InitProducerIdRequest message = new()
        {
            TransactionalId = null,
            TransactionTimeoutMs = int.MaxValue,
            ProducerId = raise ? Current.Id : -1,
            ProducerEpoch = raise ? Current.Epoch : (short)-1,
        };
        link.Send(new Request(this, message, _engine.Options.RequestTimeout));
    }

    private void Answered(InitProducerIdResponse response)
    {
        _asking = false;
        ErrorCode error = (ErrorCode)response.ErrorCode;
        if (error == ErrorCode.None)
        {
            _forgetOld = false;
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

        _forgetOld = true;
        Failed(new KafkaBrokerException(error, ApiKey.InitProducerId));
    }

    private void Failed(KafkaException error)
    {
        _asking = false;
        LastError = error;
        _engine.Loop.Arm(_retry, _engine.Loop.Now + _engine.Options.RetryBackoff);
    }

    private sealed class Request : ControlRequest<InitProducerIdRequest, InitProducerIdResponse>
    {
        private readonly ProducerIdentitySource _source;

        // Below version 3 an epoch cannot be raised: the broker gives a new id, which serves as well.
        public Request(ProducerIdentitySource source, InitProducerIdRequest message, TimeSpan timeout)
            : base(message, timeout, static response => response.ThrottleTimeMs, highest: 5) => _source = source;

        public override void OnFailed(KafkaException error, bool maybeSent) => _source.Failed(error);

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
