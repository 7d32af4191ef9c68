using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Handlers;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>The way of a request: from its frame past interceptors and faults to its handler, and from there to its answer.</summary>
internal sealed partial class BrokerConnection
{
    /// <summary>The request in work while somebody looks at requests (an interceptor, a fault, the recording); else null.</summary>
    private InterceptedRequest? _work;

    /// <summary>The request in work when it, or its answer, waits to be released.</summary>
    private InterceptedRequest? _held;

    /// <summary>A request that came while its client was cut off: it arrives when the network is whole again.</summary>
    private InterceptedRequest? _cutRequest;
    private bool _cut;

    /// <summary>The name that the client gave with its last request.</summary>
    public string? ClientId { get; private set; }

    /// <summary>The request in work is answered (or needs no answer). Called within its handling, or later when it was parked or held.</summary>
    public void Answered()
    {
        if (_closed)
        {
            return;
        }

        _parked = null;
        if (_work is null)
        {
            _filling.LeaveFrame();
            _busy = false;
            GoOn();
        }
        else if (Finish(_work))
        {
            End(_work);
        }
    }

    /// <summary>Goes on with a request that was held, or with its answer.</summary>
    public void Resume(InterceptedRequest request)
    {
        if (_closed || _held != request)
        {
            return;
        }

        _held = null;
        _pumping = true;
        if (request.HeldAnswer is { } answer)
        {
            _filling.WriteRaw(answer);
            Broker.Cluster.Requests.Answered(request, answer);
            End(request);
        }
        else
        {
            Handle(request.Header, request.Body.Span, request);
        }

        _pumping = false;
        Pump();
    }

    private void Dispatch(ReadOnlyMemory<byte> frame)
    {
        _busy = true;
        short apiKey = BinaryPrimitives.ReadInt16BigEndian(frame.Span);
        short version = BinaryPrimitives.ReadInt16BigEndian(frame.Span[2..]);
        RequestHandler? handler = Broker.Handlers.Find(apiKey, version);
        if (handler is null)
        {
            CloseAfterSending($"API key {apiKey} version {version} is not supported by this broker");
            return;
        }

        FrameHeader header;
        ReadOnlyMemory<byte> body;
        try
        {
            KafkaReader reader = new(frame.Span);
            header = handler.ReadHeader(ref reader, version, ClientId);
            body = frame[reader.Position..];
        }
        catch (KafkaProtocolException error)
        {
            CloseAfterSending($"a malformed header of {handler.ApiKey} version {version}: {error.Message}");
            return;
        }

        ClientId = header.ClientId;
        if (Broker.Cluster.Faults.IsCut(ClientId))
        {
            // The first request of a connection is what tells whose it is.
            _cut = true;
            _cutRequest = new InterceptedRequest(this, header, body);
            _cutRequest.Keep();
            return;
        }

        Arrive(header, body);
    }

    private void ArriveAfterCut()
    {
        InterceptedRequest request = _cutRequest!;
        _cutRequest = null;
        Arrive(request.Header, request.Body);
    }

    private void Arrive(in FrameHeader header, ReadOnlyMemory<byte> body)
    {
        EmbeddedCluster cluster = Broker.Cluster;
        if (cluster.Interceptor is null && !cluster.Faults.HasRules && !cluster.Requests.IsWatching)
        {
            Handle(header, body.Span, null);
            return;
        }

        InterceptedRequest request = new(this, header, body);
        _work = request;
        cluster.Requests.Arrived(request);
        cluster.Interceptor?.OnRequest(request);
        if (request.Verdict == RequestVerdict.Apply && !request.IsHeld)
        {
            cluster.Faults.OnRequest(request);
        }

        if (request.IsHeld)
        {
            _held = request;
            cluster.Requests.Changed(request, RequestOutcome.Held);
            return;
        }

        Handle(header, request.Body.Span, request);
    }

    /// <summary>Whatever a handler throws ends this connection and nothing else.</summary>
    private void Handle(in FrameHeader header, ReadOnlySpan<byte> body, InterceptedRequest? request)
    {
        RequestVerdict verdict = request?.Verdict ?? RequestVerdict.Apply;
        if (verdict is RequestVerdict.Close or RequestVerdict.Stall or RequestVerdict.HalfOpen)
        {
            Drop(request!);
            return;
        }

        // Found before, when the header was read; versions that only ApiVersions accepts are among them.
        RequestHandler handler = Broker.Handlers.Find(header.ApiKey, header.Version)!;
        _context.Begin(handler, header, body.Length);
        try
        {
            if (verdict == RequestVerdict.Fail)
            {
                handler.Fail(_context, body, request!.Error);
                return;
            }

            if (request?.Rewriter is { } rewriter)
            {
                body = rewriter.RewriteRequest(request, _context).Span;
            }

            handler.Handle(_context, body);
        }
        catch (KafkaProtocolException error)
        {
            CloseAfterSending($"malformed {handler.ApiKey} version {header.Version}, correlation id {header.CorrelationId}: {error.Message}");
        }
        catch (Exception error)
        {
            // A bug of a handler must show itself in the log and must not take the other connections with it.
            Close($"{handler.ApiKey} version {header.Version} failed: {error}");
        }
    }

    /// <summary>A request that is not handled.</summary>
    private void Drop(InterceptedRequest request)
    {
        if (request.Verdict == RequestVerdict.Close)
        {
            CloseAfterSending($"a fault closed it before {request.ApiKey} was applied");
            return;
        }

        _halfOpen |= request.Verdict == RequestVerdict.HalfOpen;
        Broker.Cluster.Requests.Changed(request, RequestOutcome.Dropped);
    }

    /// <summary>Does with an answer what was decided. True: the request is at its end and the next one may be taken.</summary>
    private bool Finish(InterceptedRequest request)
    {
        if (request.Verdict is RequestVerdict.Apply or RequestVerdict.Fail && request.Rewriter is null)
        {
            byte[]? copy = _filling.HasFrame && Broker.Cluster.Requests.IsWatching ? _filling.CopyFrame() : null;
            _filling.LeaveFrame();
            Broker.Cluster.Requests.Answered(request, copy);
            return true;
        }

        byte[]? frame = _filling.HasFrame ? _filling.TakeFrame() : null;
        switch (request.Verdict)
        {
            case RequestVerdict.ApplyAndClose:
                Broker.Cluster.Requests.Changed(request, RequestOutcome.Lost);
                CloseAfterSending($"{request.ApiKey} was applied and a fault threw its answer away");
                return false;
            case RequestVerdict.ApplyAndStall:
                Broker.Cluster.Requests.Changed(request, RequestOutcome.Lost);
                return false;
            case RequestVerdict.ApplyAndFail:
                Handle(request.Header, request.FailAfterwards(), request);
                return false;
            case RequestVerdict.ApplyAndCut:
                _filling.WriteRaw(frame.AsSpan(0, Math.Min(request.AnswerBytes, frame?.Length ?? 0)));
                Broker.Cluster.Requests.Changed(request, RequestOutcome.Lost);
                CloseAfterSending($"{request.ApiKey} was applied and a fault cut its answer after {request.AnswerBytes} bytes");
                return false;
            case RequestVerdict.ApplyAndHold when frame is not null:
                request.HoldAnswer(frame);
                _held = request;
                Broker.Cluster.Requests.Changed(request, RequestOutcome.Held);
                return false;
        }

        if (frame is not null)
        {
            frame = request.Rewriter?.RewriteAnswer(request, frame) ?? frame;
            _filling.WriteRaw(frame);
        }

        Broker.Cluster.Requests.Answered(request, frame);
        return true;
    }

    private void End(InterceptedRequest request)
    {
        _work = null;
        _busy = false;
        request.Forget();
        Broker.Cluster.Faults.OnAnswered(request);
        GoOn();
    }

    /// <summary>The connection is gone or as good as gone: what was in work is forgotten.</summary>
    private void Abandon(string? reason)
    {
        _parked?.Abandon();
        _parked = null;
        _held = null;
        _cutRequest = null;
        if (_work is { } request)
        {
            _work = null;
            request.Forget();
            Broker.Cluster.Requests.Closed(request, reason);
        }
    }
}
